import Synchronization

/// Counts, by location, how many readers hold a data file: one that is held is not removed from the
/// store although no snapshot names it any more.
package final class FileHolds: Sendable {
  private let counts = Mutex<[String: Int]>([:])

  package init() {}

  package func hold(_ location: String) { counts.withLock { $0[location, default: 0] += 1 } }

  package func release(_ location: String) {
    counts.withLock { counts in
      guard let count = counts[location] else { return }
      counts[location] = count > 1 ? count - 1 : nil
    }
  }

  package var isHeld: @Sendable (String) -> Bool {
    { [self] location in counts.withLock { $0[location] != nil } }
  }
}
