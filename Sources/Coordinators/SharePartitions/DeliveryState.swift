/// Where a record stands in a share group (KIP-932); the numbers are those of
/// `__share_group_state`.
package enum DeliveryState: Int8, CaseIterable, Sendable {
  case available = 0
  /// A member has it. Never stored: after a restart it is available.
  case acquired = 1
  case acknowledged = 2
  /// Rejected, delivered too often, or no record at all.
  case archived = 4

  /// The group is done with it.
  package var isFinal: Bool { self == .acknowledged || self == .archived }
}
