import Synchronization

/// Stops the world before or after the nth effect: the tool of crash enumeration.
///
/// Run a procedure once with no crash and read `effects`; then run it again for each of them,
/// crashing before and after, and recover. Whatever changes the world (a `FaultingStore`, a file
/// system, a log) takes part by calling `begin` and `end` around each effect; all share one plan.
/// After the crash nothing takes effect any more, as if the process were gone.
package final class CrashPlan: Sendable {
  package enum Moment: Sendable, CaseIterable { case before, after }

  private struct State {
    var effects: [String] = []
    var hasCrashed = false
  }

  private let at: Int?
  private let moment: Moment
  private let state = Mutex(State())

  /// Crashes at effect number `at`, counted from 0; never when nil.
  package init(crashAt at: Int? = nil, _ moment: Moment = .before) {
    self.at = at
    self.moment = moment
  }

  /// The effects so far, the one that crashed included, named by those that caused them.
  package var effects: [String] { state.withLock { $0.effects } }

  package var hasCrashed: Bool { state.withLock { $0.hasCrashed } }

  /// Announces an effect; nil when it must not happen, because the process is dead or dies now.
  /// Otherwise the effect's number, for `end`.
  package func begin(_ name: String) -> Int? {
    state.withLock { state in
      guard !state.hasCrashed else { return nil }
      let index = state.effects.count
      state.effects.append(name)
      if index == at && moment == .before {
        state.hasCrashed = true
        return nil
      }
      return index
    }
  }

  /// Says that an effect has happened; false when nobody must learn of it, because the process is
  /// dead or dies now.
  package func end(_ index: Int) -> Bool {
    state.withLock { state in
      if index == at && moment == .after { state.hasCrashed = true }
      return !state.hasCrashed
    }
  }
}
