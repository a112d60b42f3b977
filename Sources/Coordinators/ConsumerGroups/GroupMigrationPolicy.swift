/// Which groups may change their protocol while they have members, under Kafka's names
/// (`group.consumer.migration.policy`).
package enum GroupMigrationPolicy: String, CaseIterable, Sendable {
  case disabled, upgrade, downgrade, bidirectional

  var allowsUpgrade: Bool { self == .upgrade || self == .bidirectional }
  var allowsDowngrade: Bool { self == .downgrade || self == .bidirectional }
}
