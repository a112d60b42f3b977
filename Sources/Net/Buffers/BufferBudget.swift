import Synchronization

/// Counts the memory that all loops together hold for incomplete frames.
package final class BufferBudget: Sendable {
  package let limit: Int
  private let used = Atomic<Int>(0)

  package init(limit: Int) { self.limit = limit }

  /// Bytes taken now; it can be above `limit` by what was taken without asking.
  package var current: Int { used.load(ordering: .relaxed) }

  package var isExhausted: Bool { current >= limit }

  /// Whether `byteCount` more stays within the limit.
  func hasRoom(for byteCount: Int) -> Bool { current + byteCount <= limit }

  /// Takes `byteCount`, also over the limit.
  func take(_ byteCount: Int) { used.wrappingAdd(byteCount, ordering: .relaxed) }

  func giveBack(_ byteCount: Int) { used.wrappingSubtract(byteCount, ordering: .relaxed) }
}
