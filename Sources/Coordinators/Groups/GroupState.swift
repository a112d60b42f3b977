/// The states of a classic group, under Kafka's names.
package enum GroupState: String, Sendable {
  /// It has no members; it may have offsets.
  case empty = "Empty"
  /// It waits for its members to join again.
  case preparingRebalance = "PreparingRebalance"
  /// A generation has begun; its leader's assignment is awaited.
  case completingRebalance = "CompletingRebalance"
  /// Every member has its assignment.
  case stable = "Stable"
  /// It is gone; nothing leads out of here.
  case dead = "Dead"
}
