import Cluster
import CommitLog
import KafkaProtocol
import Platform
import Records

/// Produce: checks every batch at once, appends it at the end of the loop's iteration.
enum ProduceHandler: Handler {
  /// Topics are named by id from here on (KIP-516).
  private static let firstVersionWithIDs: Int16 = 13

  static func wantsAnswer(_ request: ProduceRequest) -> Bool { request.acks != 0 }

  static func handle(_ request: ProduceRequest, _ call: Call, _ loop: LoopService) {
    let found = request.topicData.map {
      loop.find($0.name, $0.topicID, byID: call.version >= firstVersionWithIDs)
    }
    let pending = PendingProduce(
      call: call, response: emptyAnswer(request, found.map(\.0)),
      waitsForSync: request.acks == -1 && loop.broker.limits.syncsAcksAll,
      wantsAnswer: request.acks != 0)
    for (topicIndex, topic) in request.topicData.enumerated() {
      let (target, missing) = found[topicIndex]
      for (partitionIndex, asked) in topic.partitionData.enumerated() {
        let place = PendingProduce.Place(topic: topicIndex, partition: partitionIndex)
        if !(-1...1).contains(request.acks) {
          pending.fail(.invalidRequiredAcks, at: place)
        } else if let target, let partition = target.partition(asked.index) {
          append(
            asked.records, to: partition, of: target,
            for: AppendQueue.Owner(produce: pending, place: place), request.transactionalID,
            call.version, loop)
        } else {
          pending.fail(target?.problem(withMissing: asked.index) ?? missing, at: place)
        }
      }
    }
    pending.finishOne()
  }

  private static func emptyAnswer(_ request: ProduceRequest, _ topics: [Topic?]) -> ProduceResponse
  {
    ProduceResponse { response in
      response.responses = zip(request.topicData, topics).map { asked, topic in
        ProduceResponse.Topic { answer in
          // The answer outlives the frame that the request's own name lies in.
          answer.name = topic?.wireName ?? asked.name.owned()
          answer.topicID = asked.topicID
          answer.partitionResponses = asked.partitionData.map { partition in
            ProduceResponse.Partition { $0.index = partition.index }
          }
        }
      }
    }
  }

  /// Checks one partition's batch and queues it.
  private static func append(
    _ records: RecordSlice?, to partition: Partition, of topic: Topic,
    for owner: AppendQueue.Owner, _ transactionalID: String?, _ version: Int16, _ loop: LoopService
  ) {
    let pending = owner.produce
    let place = owner.place
    if topic.isInternal { return pending.fail(.invalidTopicException, at: place) }
    if loop.broker.diskBudget.isUsedUp {
      return pending.fail(.kafkaStorageError, "The broker's disk is nearly full.", at: place)
    }
    if loop.broker.cold.isFenced(topic.id) {
      return pending.fail(
        .notLeaderOrFollower, "Another broker writes the topic's table now.", at: place)
    }
    guard let bytes = records?.bytes, bytes.count > 0 else {
      return pending.fail(.invalidRecord, "The request holds no batch.", at: place)
    }
    let config = topic.config
    let now = loop.broker.clock.wallMilliseconds()
    do throws(BatchError) {
      let batch = try loop.validator.validate(bytes, config, version: version, now: now)
      if config.timestampType == .logAppendTime { pending.setAppendTime(now, at: place) }
      if !batch.header.isTransactional {
        pending.begin()
        loop.appends.add(
          BatchAppend(bytes: batch.bytes, header: batch.header), to: partition, for: owner)
      } else if let transactionalID {
        pending.begin()
        loop.appends.add(
          batch, ofTransaction: transactionalID, version: version, to: partition, for: owner)
      } else {
        pending.fail(.transactionalIDAuthorizationFailed, at: place)
      }
    } catch {
      pending.fail(
        ErrorCode(rawValue: error.code) ?? .unknownServerError, error.description, at: place)
    }
  }
}
