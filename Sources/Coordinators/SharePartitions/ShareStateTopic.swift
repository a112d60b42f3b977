import Records

/// The internal topic that keeps how far share groups have come.
package enum ShareStateTopic {
  package static let name = "__share_group_state"

  /// The partition that keeps a share-partition, and so the shard that decides on it: the same
  /// rule as for groups, over Kafka's coordinator key.
  package static func partition(of key: SharePartitionKey, partitionCount: Int) -> PartitionID {
    OffsetsTopic.partition(ofGroup: key.description, partitionCount: partitionCount)
  }
}
