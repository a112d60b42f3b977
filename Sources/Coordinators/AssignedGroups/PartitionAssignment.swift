import KafkaProtocol
import Records

/// Partitions of several topics: what a member has, or shall have.
package struct PartitionAssignment: Equatable, Sendable {
  package private(set) var byTopic: [TopicID: Set<PartitionID>] = [:]

  package init() {}

  /// The partitions of messages that name each topic with an array.
  init(_ topics: some Sequence<(TopicID, [PartitionID])>) {
    for (topic, partitions) in topics { insert(partitions, of: topic) }
  }

  package var isEmpty: Bool { byTopic.isEmpty }

  var count: Int { byTopic.values.reduce(0) { $0 + $1.count } }

  /// Topics and partitions in order, as messages name them.
  package var sorted: [(topic: TopicID, partitions: [PartitionID])] {
    byTopic.sorted { ($0.key.high, $0.key.low) < ($1.key.high, $1.key.low) }
      .map { ($0.key, $0.value.sorted()) }
  }

  func contains(_ partition: PartitionID, of topic: TopicID) -> Bool {
    byTopic[topic]?.contains(partition) == true
  }

  mutating func insert(_ partitions: some Sequence<PartitionID>, of topic: TopicID) {
    var known = byTopic[topic] ?? []
    known.formUnion(partitions)
    if !known.isEmpty { byTopic[topic] = known }
  }

  mutating func formUnion(_ other: PartitionAssignment) {
    for (topic, partitions) in other.byTopic { insert(partitions, of: topic) }
  }

  /// Those that `isIncluded` takes.
  func filter(_ isIncluded: (TopicID, PartitionID) -> Bool) -> PartitionAssignment {
    var kept = PartitionAssignment()
    for (topic, partitions) in byTopic {
      kept.insert(partitions.filter { isIncluded(topic, $0) }, of: topic)
    }
    return kept
  }

  func intersection(_ other: PartitionAssignment) -> PartitionAssignment {
    filter { other.contains($1, of: $0) }
  }

  func subtracting(_ other: PartitionAssignment) -> PartitionAssignment {
    filter { !other.contains($1, of: $0) }
  }

  func isSubset(of other: PartitionAssignment) -> Bool {
    byTopic.allSatisfy { topic, partitions in
      partitions.isSubset(of: other.byTopic[topic] ?? [])
    }
  }

  func isDisjoint(with other: PartitionAssignment) -> Bool {
    byTopic.allSatisfy { topic, partitions in
      partitions.isDisjoint(with: other.byTopic[topic] ?? [])
    }
  }
}

extension PartitionAssignment {
  init(_ topics: [TopicIDPartitions]) {
    self.init(topics.map { ($0.topicID, $0.partitions) })
  }

  /// As records and heartbeats have it, in order.
  var topics: [TopicIDPartitions] {
    sorted.map { topic, partitions in
      TopicIDPartitions {
        $0.topicID = topic
        $0.partitions = partitions
      }
    }
  }

  /// As the answer to a heartbeat has it.
  var told: HeartbeatAssignment { HeartbeatAssignment { $0.topicPartitions = topics } }

  /// As descriptions of groups have it. Topics that are gone have no name to be told by.
  func described(_ catalog: any TopicCatalog) -> DescribedAssignment {
    DescribedAssignment {
      $0.topicPartitions = sorted.compactMap { id, partitions in
        catalog.topic(id).map { topic in
          DescribedAssignment.TopicPartitions {
            $0.topicID = id
            $0.topicName = topic.name
            $0.partitions = partitions
          }
        }
      }
    }
  }
}
