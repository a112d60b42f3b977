/// The names of the table properties that Varve writes.
package enum TableProperty {
  /// The commit that made this metadata version.
  package static let commitID = "varve.commit-id"
  /// The highest epoch that ever wrote: lower ones are fenced.
  package static let epoch = "varve.epoch"
  /// For each Kafka partition: settled offset, log start, leader epochs; JSON of `SettledState`.
  package static let settled = "varve.settled"
  /// The snapshot that holds all that is settled; must be an ancestor of the current one.
  package static let settledSnapshot = "varve.settled-snapshot"
  package static let clusterID = "varve.cluster-id"
  package static let topic = "varve.topic"
  package static let topicID = "varve.topic-id"
  /// The name of the layout the table was made with.
  package static let layout = "varve.layout"
  /// Keeps Spark from expiring snapshots and removing "orphans" behind Varve's back.
  package static let garbageCollection = "gc.enabled"
  /// Iceberg's own name for how long snapshots are kept: from the layout the table was made with.
  package static let snapshotAge = "history.expire.max-snapshot-age-ms"
}
