import KafkaProtocol
import Records

/// ShareAcknowledge: says what became of acquired records; answered when that is durable (KIP-932).
enum ShareAcknowledgeHandler: Handler {
  static func handle(_ request: ShareAcknowledgeRequest, _ call: Call, _ loop: LoopService) {
    let shares = loop.broker.shares
    guard let member = ShareSessions.Key(request.groupID, request.memberID) else {
      return refuse(call, .invalidRequest, "A group id and a member id are wanted.")
    }
    let turn: ShareSessions.Turn
    switch shares.sessions.acknowledge(member, epoch: request.shareSessionEpoch) {
    case .success(let found): turn = found
    case .failure(let refusal): return refuse(call, refusal.code, refusal.message)
    }
    let all = ShareAcknowledgements.all(of: request.topics)
    let lock = shares.settings(of: member.group).recordLockMilliseconds
    shares.acknowledge(
      all, by: member, allowsRenewal: call.version >= 2 && request.isRenewAck, in: loop.topics
    ) { codes in
      var response = ShareAcknowledgeResponse()
      response.acquisitionLockTimeoutMilliseconds = Int32(clamping: lock)
      var index = 0
      for topic in request.topics {
        var answer = ShareAcknowledgeResponse.Topic { $0.topicID = topic.topicID }
        for partition in topic.partitions {
          answer.partitions.append(
            ShareAcknowledgeResponse.Partition {
              $0.partitionIndex = partition.partitionIndex
              $0.errorCode = codes[index]
            })
          index += 1
        }
        response.responses.append(answer)
      }
      call.answerFromAnywhere(response)
    }
    // Behind the acknowledgements: what is left of the member's records goes to others.
    if turn.isFinal { shares.release(member, turn.places) }
  }

  private static func refuse(_ call: Call, _ code: ErrorCode, _ message: String) {
    call.answer(
      ShareAcknowledgeResponse {
        $0.errorCode = code
        $0.errorMessage = message
      })
  }
}
