import Coordinators
import KafkaProtocol
import Records

/// What a request acknowledges of one partition.
struct ShareAcknowledgements: Sendable {
  let place: SharePlace
  let batches: [AcknowledgementBatch]
}

extension ShareAcknowledgements {
  /// What a request acknowledges, for each partition that it names.
  static func all(of topics: [AcknowledgedTopic]) -> [ShareAcknowledgements] {
    topics.flatMap { topic in
      topic.partitions.map { partition in
        ShareAcknowledgements(
          place: SharePlace(topicID: topic.topicID, partition: partition.partitionIndex),
          batches: partition.acknowledgementBatches)
      }
    }
  }

  /// The request's ranges as the share-partition takes them; nil when they are not well-formed,
  /// by Kafka's rules.
  ///
  /// - Parameter allowsRenewal: the request says that it renews locks.
  func parsed(allowsRenewal: Bool) -> [Acknowledgement]? {
    var parsed: [Acknowledgement] = []
    var end = Offset(-1)
    for batch in batches {
      let count = batch.acknowledgeTypes.count
      guard batch.firstOffset <= batch.lastOffset, batch.firstOffset > end, count > 0,
        batch.lastOffset < Offset(.max),
        count == 1 || batch.lastOffset - batch.firstOffset == Int64(count - 1)
      else { return nil }
      end = batch.lastOffset
      var first = batch.firstOffset
      for (index, raw) in batch.acknowledgeTypes.enumerated() {
        guard let type = AcknowledgeType(rawValue: raw), type != .renew || allowsRenewal else {
          return nil
        }
        // Neighbours that are alike make one range.
        if index + 1 < count, batch.acknowledgeTypes[index + 1] == raw { continue }
        let last = count == 1 ? batch.lastOffset : batch.firstOffset + Int64(index)
        parsed.append(Acknowledgement(first: first, last: last, type: type))
        first = last + 1
      }
    }
    return parsed
  }
}

extension ShareCoordinator {
  /// Takes what a member acknowledges; `done` gets the outcomes, in their order and from any
  /// thread, when they are durable.
  func acknowledge(
    _ all: [ShareAcknowledgements], by member: ShareSessions.Key, allowsRenewal: Bool,
    in topics: TopicTable.Snapshot, done: @escaping @Sendable ([ErrorCode]) -> Void
  ) {
    let lock = all.isEmpty ? 0 : settings(of: member.group).recordLockMilliseconds
    let gathering = Gathering<ErrorCode>(count: all.count, finish: done)
    for (index, one) in all.enumerated() {
      let answer: @Sendable (ErrorCode) -> Void = { gathering.put($0, at: index) }
      guard let topic = topics.byID[one.place.topicID] else {
        answer(.unknownTopicID)
        continue
      }
      guard let batches = one.parsed(allowsRenewal: allowsRenewal) else {
        answer(.invalidRequest)
        continue
      }
      guard topic.partition(one.place.partition) != nil else {
        answer(topic.problem(withMissing: one.place.partition))
        continue
      }
      let key = SharePartitionKey(
        group: member.group, topicID: topic.id, partition: one.place.partition)
      withShard(of: key, refuse: answer) { shard in
        guard shard.machine(key) != nil else { return answer(.unknownTopicOrPartition) }
        shard.handle(key, answer: answer) {
          .acknowledge(batches, member: member.member, lockMilliseconds: lock, $0)
        }
      }
    }
  }
}
