/// The settings of share groups, under Kafka's names.
package struct ShareConfig: Sendable {
  /// `group.share.delivery.count.limit`.
  package var deliveryCountLimit: Int16 = 5
  /// `group.share.partition.max.record.locks`: offsets from the first that is not done with to the
  /// last that was acquired.
  package var maximumRecordLocks: Int64 = 2000
  /// `share.coordinator.snapshot.update.records.per.snapshot`.
  package var updatesPerSnapshot = 500

  package init() {}
}
