import Synchronization

/// Bounds the memory of batches that wait for the transaction coordinator, on all loops together.
/// Thread-safe.
final class VerificationBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  /// - Parameter limit: In bytes.
  init(limit: Int) { self.limit = limit }

  /// Takes `byteCount` if they fit; one batch always does.
  func take(_ byteCount: Int) -> Bool {
    let before = used.wrappingAdd(byteCount, ordering: .relaxed).oldValue
    if before == 0 || before + byteCount <= limit { return true }
    giveBack(byteCount)
    return false
  }

  func giveBack(_ byteCount: Int) { used.wrappingSubtract(byteCount, ordering: .relaxed) }
}
