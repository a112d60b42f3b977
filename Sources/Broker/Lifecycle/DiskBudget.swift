import Synchronization

/// How much producers may write before the disk has less than `varve.disk.reserve.bytes` left.
///
/// The free space is looked at now and then, and in between what is appended is counted: a fast
/// producer writes more in a second than the reserve may be. Thread-safe.
final class DiskBudget: Sendable {
  private let left = Atomic<Int64>(.max)
  private let hasRefused = Atomic<Bool>(false)

  /// Producers get KAFKA_STORAGE_ERROR until there is room again.
  var isUsedUp: Bool { left.load(ordering: .relaxed) <= 0 }

  /// Takes what is appended off.
  func spend(_ byteCount: Int) {
    left.wrappingSubtract(Int64(byteCount), ordering: .relaxed)
  }

  /// The disk was too full to take something, whatever was left of the budget.
  func useUp() {
    left.store(0, ordering: .relaxed)
    hasRefused.store(true, ordering: .relaxed)
  }

  /// Whether the disk has been too full since the last call.
  func takeRefusal() -> Bool { hasRefused.exchange(false, ordering: .relaxed) }

  /// Begins anew with what the disk has.
  ///
  /// - Returns: whether it is used up already.
  func renew(available: Int64, reserve: Int64) -> Bool {
    let room = available.subtractingReportingOverflow(reserve).partialValue
    left.store(room, ordering: .relaxed)
    return room <= 0
  }
}
