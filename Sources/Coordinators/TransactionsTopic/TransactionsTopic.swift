import Records

/// The internal topic that keeps transactional ids and their transactions.
package enum TransactionsTopic {
  package static let name = "__transaction_state"

  /// The partition that keeps a transactional id, and so the shard that coordinates it: the same
  /// rule as for groups, as in Kafka.
  package static func partition(ofID id: String, partitionCount: Int) -> PartitionID {
    OffsetsTopic.partition(ofGroup: id, partitionCount: partitionCount)
  }
}
