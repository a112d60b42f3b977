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
  /// By partition number; never changes (more partitions make a new `Topic`).
  let partitions: [Partition]
  private let inForce: Mutex<TopicConfig>

  init(name: String, id: TopicID, partitions: [Partition], config: TopicConfig) {
    self.name = name
    wireName = WireString(name)
    self.id = id
    isInternal = isInternalTopic(name)
    self.partitions = partitions
    inForce = Mutex(config)
  }

  /// The configs in force now.
  var config: TopicConfig { inForce.withLock { $0 } }

  func change(_ config: TopicConfig) { inForce.withLock { $0 = config } }

  func partition(_ id: PartitionID) -> Partition? {
    guard id.rawValue >= 0, Int(id.rawValue) < partitions.count else { return nil }
    return partitions[Int(id.rawValue)]
  }
}
