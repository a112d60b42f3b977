import Synchronization

/// The least serious line that each part of the program writes; may change at any time, from any
/// thread.
package final class LogLevels: Sendable {
  /// The name of the level that holds for every part without its own.
  package static let root = "root"

  /// The level in force for one part: one atomic load for each line.
  final class Threshold: Sendable {
    private let value: Atomic<Int>

    init(_ level: LogLevel) { value = Atomic(level.rawValue) }

    var level: LogLevel {
      get { LogLevel(rawValue: value.load(ordering: .relaxed)) ?? .info }
      set { value.store(newValue.rawValue, ordering: .relaxed) }
    }
  }

  private struct State {
    var root: LogLevel
    var own: [String: LogLevel] = [:]
    var thresholds: [String: Threshold] = [:]
  }

  private let state: Mutex<State>

  package init(_ root: LogLevel) { state = Mutex(State(root: root)) }

  /// What the part looks at; the same for all who speak for it.
  func threshold(of part: String) -> Threshold {
    state.withLock { state in
      if let known = state.thresholds[part] { return known }
      let threshold = Threshold(state.own[part] ?? state.root)
      state.thresholds[part] = threshold
      return threshold
    }
  }

  /// The level in force for every part that has spoken, or may, and for the root.
  package var inForce: [String: LogLevel] {
    state.withLock { state in
      var levels = state.thresholds.mapValues(\.level)
      levels[Self.root] = state.root
      return levels
    }
  }

  /// Sets the level of a part, or of the root; nil gives a part the root's again.
  package func set(_ part: String, _ level: LogLevel?) {
    state.withLock { state in
      if part == Self.root {
        state.root = level ?? state.root
      } else {
        state.own[part] = level
      }
      for (name, threshold) in state.thresholds {
        threshold.level = state.own[name] ?? state.root
      }
    }
  }
}
