/// The settings of group coordination, under Kafka's names.
package struct GroupConfig: Sendable {
  /// `group.initial.rebalance.delay.ms`.
  package var initialRebalanceDelayMilliseconds: Int64 = 3000
  /// `group.min.session.timeout.ms`.
  package var minimumSessionTimeoutMilliseconds: Int64 = 6000
  /// `group.max.session.timeout.ms`.
  package var maximumSessionTimeoutMilliseconds: Int64 = 1_800_000
  /// `group.max.size`.
  package var maximumSize = Int(Int32.max)
  /// `offset.metadata.max.bytes`, counted in UTF-16 units as Kafka counts.
  package var maximumMetadataLength = 4096
  /// `offsets.retention.minutes`.
  package var offsetsRetentionMilliseconds: Int64 = 10_080 * 60_000
  /// How long a new member may wait for its first generation (5 minutes in Kafka): it cannot send
  /// heartbeats before it has one.
  package var newMemberJoinTimeoutMilliseconds: Int64 = 300_000
  /// The most members that were given an id and have not come back with it: a bound on what
  /// clients that never come back cost.
  package var maximumPendingMembers = 10_000

  /// The most requests of one group that wait for a change of its members to be durable.
  package var maximumWaitingRequests = 10_000

  // Groups of the consumer protocol.

  /// `group.consumer.session.timeout.ms`.
  package var consumerSessionTimeoutMilliseconds: Int64 = 45_000
  /// `group.consumer.heartbeat.interval.ms`.
  package var consumerHeartbeatIntervalMilliseconds: Int32 = 5000
  /// `group.consumer.max.size`.
  package var consumerMaximumSize = Int(Int32.max)
  /// `group.consumer.assignors`: the first is for groups whose members do not choose.
  package var consumerAssignors: [ServerAssignor] = [.uniform, .range]
  /// `group.consumer.migration.policy`.
  package var migrationPolicy = GroupMigrationPolicy.bidirectional

  // Share groups.

  /// `group.share.session.timeout.ms`.
  package var shareSessionTimeoutMilliseconds: Int64 = 45_000
  /// `group.share.heartbeat.interval.ms`.
  package var shareHeartbeatIntervalMilliseconds: Int32 = 5000
  /// `group.share.max.size`.
  package var shareMaximumSize = 200

  package init() {}
}
