import Synchronization

/// Counts open connections, in all and by address, against `max.connections` and
/// `max.connections.per.ip`; safe from any thread.
package final class ConnectionLimits: Sendable {
  private struct State {
    var maximum: Int
    var maximumPerHost: Int
    var total = 0
    var byHost: [String: Int] = [:]
  }

  private let overrides: [String: Int]
  private let state: Mutex<State>

  init(_ configuration: NetConfiguration) {
    overrides = configuration.maximumConnectionsPerHostOverrides
    state = Mutex(
      State(
        maximum: configuration.maximumConnections,
        maximumPerHost: configuration.maximumConnectionsPerHost))
  }

  /// Sets the limits for connections to come; those that are open stay.
  package func configure(maximum: Int, maximumPerHost: Int) {
    state.withLock { state in
      state.maximum = maximum
      state.maximumPerHost = maximumPerHost
    }
  }

  /// Counts a new connection; nil when it may stay, else the name of the limit in its way.
  func admit(_ host: String) -> String? {
    state.withLock { state in
      guard state.total < state.maximum else { return "max.connections" }
      let count = state.byHost[host] ?? 0
      guard count < overrides[host] ?? state.maximumPerHost else { return "max.connections.per.ip" }
      state.total += 1
      state.byHost[host] = count + 1
      return nil
    }
  }

  /// Forgets an admitted connection.
  func release(_ host: String) {
    state.withLock { state in
      state.total -= 1
      let count = (state.byHost[host] ?? 0) - 1
      state.byHost[host] = count > 0 ? count : nil
    }
  }
}
