import Records

/// Offsets in a row that stand alike.
struct InFlightRun: Equatable, Sendable {
  /// Who has acquired records, and until when.
  struct Holder: Equatable, Sendable {
    let member: String
    /// Of the monotonic clock, in milliseconds.
    var deadline: Int64
  }

  var first: Offset
  var last: Offset
  var state: DeliveryState
  /// How often they were delivered, a delivery that is under way included.
  var deliveryCount: Int16 = 0
  /// Nil unless they are acquired.
  var holder: Holder?

  var count: Int64 { last - first + 1 }

  func isLike(_ other: InFlightRun) -> Bool {
    state == other.state && deliveryCount == other.deliveryCount && holder == other.holder
  }
}
