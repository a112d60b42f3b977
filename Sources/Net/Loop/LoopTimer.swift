/// An action waiting for its time on an event loop.
///
/// Only touched on the loop's thread.
package final class LoopTimer: @unchecked Sendable {
  /// Nanoseconds of the loop's monotonic clock.
  package let deadline: Int64
  var action: (() -> Void)?
  /// Where the heap holds it; −1 when it has fired or was cancelled.
  var heapIndex = -1

  init(deadline: Int64, action: @escaping () -> Void) {
    self.deadline = deadline
    self.action = action
  }

  /// Whether the action is still to come.
  package var isPending: Bool { heapIndex >= 0 }
}
