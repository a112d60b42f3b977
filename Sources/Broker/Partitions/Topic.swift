import Cluster
import KafkaProtocol
import Records
import Synchronization

/// A topic as the serving threads see it: its name, id, partitions and the configs in force.
final class Topic: Sendable {
  let name: String
  /// The name as requests are matched with it and answers carry it.
  let wireName: WireString
  let id: TopicID
  let isInternal: Bool
  /// Those that can be served, by number; never changes (more partitions make a new `Topic`).
  let partitions: [Partition]
  /// All of them: also those that are offline because their logs are damaged.
  let partitionCount: Int
  private let inForce: Mutex<TopicConfig>

  /// - Parameter partitionCount: nil when none is offline.
  init(
    name: String, id: TopicID, partitions: [Partition], partitionCount: Int? = nil,
    config: TopicConfig
  ) {
    self.name = name
    wireName = WireString(name)
    self.id = id
    isInternal = isInternalTopic(name)
    self.partitions = partitions
    self.partitionCount = partitionCount ?? partitions.count
    inForce = Mutex(config)
  }

  /// The configs in force now.
  var config: TopicConfig { inForce.withLock { $0 } }

  func change(_ config: TopicConfig) { inForce.withLock { $0 = config } }

  /// Nil for one that does not exist or is offline.
  func partition(_ id: PartitionID) -> Partition? {
    guard has(id) else { return nil }
    if partitions.count == partitionCount { return partitions[Int(id.rawValue)] }
    return partitions.first { $0.id == id }
  }

  /// What a request for a partition gets that `partition` does not find.
  func problem(withMissing id: PartitionID) -> ErrorCode {
    has(id) ? .kafkaStorageError : .unknownTopicOrPartition
  }

  func isOffline(_ id: PartitionID) -> Bool { has(id) && partition(id) == nil }

  private func has(_ id: PartitionID) -> Bool {
    id.rawValue >= 0 && Int(id.rawValue) < partitionCount
  }
}
