import Platform
import Synchronization

/// Counts open connections and how fast new ones come, against `max.connections`,
/// `max.connection.creation.rate`, `max.connections.per.ip` and `connection_creation_rate`; safe
/// from any thread.
///
/// As in Kafka, what is full as a whole makes newcomers wait in the listener's backlog, and what
/// one address has too much of is closed.
package final class ConnectionLimits: Sendable {
  /// Whether a listener may accept now.
  enum Readiness: Equatable {
    case ready
    /// Not before a connection closes; the name of the limit.
    case full(limit: String)
    /// Not before this time has passed.
    case tooFast(limit: String, milliseconds: Int64)
  }

  /// What becomes of an accepted connection.
  enum Admission: Equatable {
    case admitted
    /// It must be closed; the name of the limit.
    case refused(limit: String)
    /// It must be kept unserved for so long, and then closed.
    case delayed(limit: String, milliseconds: Int64)
  }

  private struct State {
    var whole: ConnectionGate
    var listeners: [String: ConnectionGate] = [:]
    var maximumPerHost: Int
    var maximumOfHosts: [String: Int]
    var byHost: [String: Int] = [:]
    var hostRates = HostRates()
    var waiters: [@Sendable () -> Void] = []

    mutating func takeWaiters() -> [@Sendable () -> Void] {
      defer { waiters = [] }
      return waiters
    }
  }

  private let configuration: NetConfiguration
  private let state: Mutex<State>

  init(_ configuration: NetConfiguration) {
    self.configuration = configuration
    func gate(_ maximum: Int, _ perSecond: Double?, _ prefix: String) -> ConnectionGate {
      ConnectionGate(
        maximum: maximum, perSecond: perSecond, prefix: prefix, rate: configuration.makeRate())
    }
    var state = State(
      whole: gate(configuration.maximumConnections, configuration.maximumConnectionRate, ""),
      maximumPerHost: configuration.maximumConnectionsPerHost,
      maximumOfHosts: configuration.maximumConnectionsPerHostOverrides)
    for (name, limits) in configuration.listenerLimits {
      state.listeners[name] = gate(
        limits.maximumConnections ?? .max, limits.maximumConnectionRate,
        "listener.name.\(name.lowercased()).")
    }
    self.state = Mutex(state)
  }

  /// Sets the limits for connections to come; those that are open stay.
  ///
  /// - Parameters:
  ///   - maximumOfHosts: for single addresses, in the place of `maximumPerHost`.
  ///   - maximumRate: connections a second; nil is no limit.
  package func configure(
    maximum: Int, maximumPerHost: Int, maximumOfHosts: [String: Int], maximumRate: Double?
  ) {
    wake(
      state.withLock { state in
        state.whole.maximum = maximum
        state.whole.perSecond = maximumRate
        state.maximumPerHost = maximumPerHost
        state.maximumOfHosts = maximumOfHosts
        return state.takeWaiters()
      })
  }

  /// Sets how many connections a second an address may make: each of those named, and all others.
  package func setHostRates(_ rates: [String: Double], others: Double?) {
    state.withLock { $0.hostRates.set(rates, others: others) }
  }

  /// Whether `listener` may accept a connection now.
  func readiness(of listener: String, at now: Int64) -> Readiness {
    state.withLock { state in
      let own = state.listeners[listener]?.readiness(at: now) ?? .ready
      guard own == .ready else { return own }
      return state.whole.readiness(at: now)
    }
  }

  /// Calls back once, from any thread, when a connection has closed or a limit changed.
  func whenOneMayCome(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.waiters.append(body) }
  }

  /// Counts a new connection, unless its address has too many or makes them too fast.
  func admit(_ host: String, listener: String, at now: Int64) -> Admission {
    state.withLock { state in
      if let wait = state.hostRates.count(host, at: now, configuration) {
        return .delayed(limit: "connection_creation_rate", milliseconds: wait)
      }
      let count = state.byHost[host] ?? 0
      let most = state.maximumOfHosts[host] ?? state.maximumPerHost
      guard count < most else { return .refused(limit: "max.connections.per.ip") }
      state.whole.add(at: now)
      state.listeners[listener]?.add(at: now)
      state.byHost[host] = count + 1
      return .admitted
    }
  }

  /// Forgets an admitted connection.
  func release(_ host: String, listener: String) {
    wake(
      state.withLock { state in
        state.whole.remove()
        state.listeners[listener]?.remove()
        let count = (state.byHost[host] ?? 0) - 1
        state.byHost[host] = count > 0 ? count : nil
        return state.takeWaiters()
      })
  }

  private func wake(_ waiters: [@Sendable () -> Void]) {
    for waiter in waiters { waiter() }
  }
}
