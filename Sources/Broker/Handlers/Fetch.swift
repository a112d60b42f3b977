import KafkaProtocol
import Records

/// Fetch, without fetch sessions: every answer has session id 0, which tells a client to send all
/// its partitions again (KIP-227).
enum FetchHandler: Handler {
  /// Topics are named by id from here on (KIP-516).
  private static let firstVersionWithIDs: Int16 = 13

  static func handle(_ request: FetchRequest, _ call: Call, _ loop: LoopService) {
    // What this loop has received but not appended yet must be visible to a fetch behind it.
    loop.appends.commit()
    let topics = request.topics.map { asked in
      let (topic, missing) = loop.find(
        asked.topic, asked.topicID, byID: call.version >= firstVersionWithIDs)
      return PendingFetch.TopicTargets(
        name: topic?.wireName ?? asked.topic.owned(), id: asked.topicID,
        targets: asked.partitions.map { target($0, topic, missing) })
    }
    let maxBytes = min(
      Int(max(0, request.maxBytes)), loop.broker.limits.fetchMaxBytes, call.fetchQuotaBytes)
    PendingFetch(
      call: call, broker: loop.broker, loop: loop.loop, topics: topics,
      minBytes: min(Int(request.minBytes), maxBytes), maxBytes: maxBytes,
      maxWaitMilliseconds: Int64(request.maxWaitMilliseconds),
      readsCommitted: request.isolationLevel == 1
    ).start()
  }

  private static func target(
    _ asked: FetchRequest.Partition, _ topic: Topic?, _ missing: ErrorCode
  ) -> PendingFetch.Target {
    let partition = topic?.partition(asked.partition)
    var error = ErrorCode.none
    if topic == nil {
      error = missing
    } else if let partition {
      error = partition.problem(withKnownEpoch: asked.currentLeaderEpoch) ?? .none
    } else {
      error = .unknownTopicOrPartition
    }
    return PendingFetch.Target(
      partition: partition, error: error, index: asked.partition, offset: asked.fetchOffset,
      maxBytes: Int(max(0, asked.partitionMaxBytes)))
  }
}
