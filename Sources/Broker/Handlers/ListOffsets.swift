import CommitLog
import KafkaProtocol
import Platform
import Records

/// ListOffsets: ends of partitions and offsets by time, across both tiers.
enum ListOffsetsHandler: Handler {
  /// Timestamps that stand for a place that is known without a search (KIP-79, KIP-405, KIP-1005,
  /// KIP-1023).
  private enum Place: Int64 {
    case latest = -1
    case earliest = -2
    case earliestLocal = -4
    case latestTiered = -5
    case earliestPendingUpload = -6
  }

  static func handle(_ request: ListOffsetsRequest, _ call: Call, _ loop: LoopService) {
    var response = ListOffsetsResponse()
    var searches: [PendingListOffsets.Search] = []
    for (topicIndex, asked) in request.topics.enumerated() {
      let topic = loop.topics.topic(named: asked.name)
      var answer = ListOffsetsResponse.Topic { $0.name = asked.name }
      for (partitionIndex, target) in asked.partitions.enumerated() {
        var entry = ListOffsetsResponse.Partition { $0.partitionIndex = target.partitionIndex }
        if let partition = topic?.partition(target.partitionIndex) {
          if let problem = partition.problem(withKnownEpoch: target.currentLeaderEpoch) {
            entry.errorCode = problem
          } else if let place = Place(rawValue: target.timestamp) {
            answerPlace(place, partition, request.isolationLevel, loop.broker, &entry)
          } else if target.timestamp < 0,
            target.timestamp != PendingListOffsets.maxTimestamp
          {
            entry.errorCode = .unsupportedVersion
          } else {
            searches.append(
              PendingListOffsets.Search(
                topic: topicIndex, index: partitionIndex, partition: partition,
                timestamp: target.timestamp, readsCommitted: request.isolationLevel == 1))
          }
        } else {
          entry.errorCode =
            topic?.problem(withMissing: target.partitionIndex) ?? .unknownTopicOrPartition
        }
        answer.partitions.append(entry)
      }
      response.topics.append(answer)
    }
    if searches.isEmpty { return call.answer(response) }
    // Before version 10 it is the broker's.
    let timeout =
      request.timeoutMilliseconds > 0
      ? Int64(request.timeoutMilliseconds)
      : loop.broker.values.long("remote.list.offsets.request.timeout.ms")
    PendingListOffsets(call: call, response: response, broker: loop.broker)
      .run(searches, timeoutMilliseconds: timeout)
  }

  private static func answerPlace(
    _ place: Place, _ partition: Partition, _ isolation: Int8, _ broker: BrokerContext,
    _ entry: inout ListOffsetsResponse.Partition
  ) {
    let log = partition.log
    entry.leaderEpoch = partition.leaderEpoch
    switch place {
    case .latest:
      entry.offset = isolation == 1 ? partition.lastStableOffset : partition.highWatermark
    case .earliest:
      entry.offset = log.logStartOffset
      entry.leaderEpoch = log.leaderEpochs.epoch(at: log.logStartOffset) ?? partition.leaderEpoch
    case .earliestLocal:
      entry.offset = log.localStartOffset
      entry.leaderEpoch = log.leaderEpochs.epoch(at: log.localStartOffset) ?? partition.leaderEpoch
    case .latestTiered:
      if let settled = broker.cold.settledOffset(partition), settled > log.logStartOffset {
        entry.offset = Offset(settled.rawValue - 1)
      } else {
        entry.leaderEpoch = LeaderEpoch(-1)
      }
    case .earliestPendingUpload:
      entry.offset = broker.cold.settledOffset(partition) ?? Offset(-1)
    }
  }
}
