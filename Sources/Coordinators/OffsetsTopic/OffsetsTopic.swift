import Records

/// The internal topic that keeps groups and their offsets.
package enum OffsetsTopic {
  package static let name = "__consumer_offsets"

  /// The partition that keeps a group, and so the shard that coordinates it: Java's
  /// `String.hashCode`, made positive, modulo the number of partitions, as in Kafka.
  package static func partition(ofGroup group: String, partitionCount: Int) -> PartitionID {
    var hash: Int32 = 0
    for unit in group.utf16 { hash = hash &* 31 &+ Int32(unit) }
    let positive = hash == .min ? 0 : abs(hash)
    return PartitionID(positive % Int32(partitionCount))
  }
}
