import Synchronization

@testable import Lake

/// Holds the attempt that a commit noted last: a durable note, for tests.
final class Noted: Sendable {
  private let state = Mutex<CommitAttempt?>(nil)

  var attempt: CommitAttempt? {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

/// True the first time it is asked.
final class Once: Sendable {
  private let taken = Mutex(false)

  func take() -> Bool {
    taken.withLock { taken in
      defer { taken = true }
      return !taken
    }
  }
}
