import CommitLog
import Coordinators
import KafkaProtocol
import Records

/// TxnOffsetCommit: answered when the offsets are durable; they count when the transaction commits.
enum TxnOffsetCommitHandler: Handler {
  /// TRANSACTION_ABORTABLE is known from here on (KIP-890).
  private static let firstVersionWithAbortable: Int16 = 4
  /// The group's offsets need no AddOffsetsToTxn from here on (KIP-890).
  private static let firstVersionThatAdds: Int16 = 5

  static func handle(_ request: TxnOffsetCommitRequest, _ call: Call, _ loop: LoopService) {
    var commit = OffsetCommit(
      generationID: request.generationID, memberID: request.memberID,
      groupInstanceID: request.groupInstanceID, partitions: [])
    // One for each partition, nil for those that are handed on.
    let missing: [[ErrorCode?]] = request.topics.map { asked in
      let topic = loop.topics.topic(named: asked.name)
      return asked.partitions.map { wish in
        guard let topic, topic.partition(wish.partitionIndex) != nil else {
          return .unknownTopicOrPartition
        }
        commit.partitions.append(
          OffsetCommit.Partition(
            topic: topic.name, partition: wish.partitionIndex, offset: wish.committedOffset,
            leaderEpoch: wish.committedLeaderEpoch, metadata: wish.committedMetadata ?? ""))
        return nil
      }
    }
    let count = commit.partitions.count
    let finish: @Sendable ([ErrorCode]) -> Void = { codes in
      call.answerFromAnywhere(answer(request, missing, codes))
    }
    let refuse: @Sendable (ErrorCode) -> Void = { code in
      finish(Array(repeating: told(code, call.version), count: count))
    }
    guard !request.transactionalID.isEmpty else { return refuse(.invalidRequest) }
    guard !request.groupID.isEmpty else { return refuse(.invalidGroupID) }
    guard count > 0 else { return finish([]) }
    let adds = call.version >= firstVersionThatAdds
    let transactions = loop.broker.transactions
    loop.broker.groups.withShard(of: request.groupID, refuse: refuse) { [commit] shard in
      // Taken first: a marker that comes while the coordinator is asked voids it.
      let verification = shard.partition.log.verificationGuard()
      transactions.verify(
        transactionalID: request.transactionalID, producerID: request.producerID,
        producerEpoch: request.producerEpoch, partition: shard.partition, adds: adds
      ) { code in
        guard code == .none else { return refuse(code) }
        shard.run(refuse: refuse) { shard in
          shard.handle(
            request.groupID, verification: verification,
            answer: { reply in
              guard case .commit(let codes) = reply else { return refuse(.notCoordinator) }
              finish(codes)
            },
            {
              .commitInTransaction(
                commit,
                ProducerIdentity(id: request.producerID, epoch: request.producerEpoch), $0)
            })
        }
      }
    }
  }

  private static func told(_ code: ErrorCode, _ version: Int16) -> ErrorCode {
    if code == .transactionAbortable, version < firstVersionWithAbortable {
      return .invalidTxnState
    }
    return code.inTransaction(version: version)
  }

  private static func answer(
    _ request: TxnOffsetCommitRequest, _ missing: [[ErrorCode?]], _ codes: [ErrorCode]
  ) -> TxnOffsetCommitResponse {
    var codes = codes[...]
    return TxnOffsetCommitResponse { response in
      response.topics = zip(request.topics, missing).map { asked, problems in
        TxnOffsetCommitResponse.Topic { topic in
          topic.name = asked.name
          topic.partitions = zip(asked.partitions, problems).map { wish, problem in
            TxnOffsetCommitResponse.Partition {
              $0.partitionIndex = wish.partitionIndex
              $0.errorCode = problem ?? codes.removeFirst()
            }
          }
        }
      }
    }
  }
}
