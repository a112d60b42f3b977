import Cluster
import Net
import Platform

extension NetConfiguration {
  /// The network's limits as the broker's configs have them.
  ///
  /// - Throws: `UsageError` for an override of an address that cannot be read or resolved.
  init(_ config: BrokerConfig) throws(UsageError) {
    self.init()
    let values = config.values
    maximumFrameBytes = values.int("socket.request.max.bytes")
    idleMilliseconds = values.long("connections.max.idle.ms")
    backlog = Int32(values.int("socket.listen.backlog.size"))
    socketReceiveBufferBytes = Self.bufferBytes(values.long("socket.receive.buffer.bytes"))
    socketSendBufferBytes = Self.bufferBytes(values.long("socket.send.buffer.bytes"))
    maximumConnections = values.int("max.connections")
    maximumConnectionRate = Self.rate(values.long("max.connection.creation.rate"))
    maximumConnectionsPerHost = values.int("max.connections.per.ip")
    maximumConnectionsPerHostOverrides = try Self.overrides(config)
    for listener in config.listeners {
      let name = listener.securityProtocol
      let limits = ListenerLimits(
        maximumConnections: config.number("max.connections", ofListener: name).map { Int($0) },
        maximumConnectionRate: config.number("max.connection.creation.rate", ofListener: name)
          .flatMap(Self.rate))
      if limits != ListenerLimits() { listenerLimits[name] = limits }
    }
    rateWindows = values.int("quota.window.num")
    rateWindowSeconds = values.long("quota.window.size.seconds")
    pendingReplies = values.int("queued.max.requests")
    let budget = values.int("queued.max.request.bytes")
    if budget > 0 { bufferBudgetBytes = budget }
  }

  private static func bufferBytes(_ value: Int64) -> Int32? { value > 0 ? Int32(value) : nil }

  /// Kafka's default, the largest number, is no limit.
  static func rate(_ value: Int64) -> Double? {
    value < Int64(Int32.max) ? Double(value) : nil
  }

  /// The limits of single addresses.
  ///
  /// - Throws: `UsageError` for an item that cannot be read, or a host that does not resolve.
  private static func overrides(_ config: BrokerConfig) throws(UsageError) -> [String: Int] {
    let name = "max.connections.per.ip.overrides"
    let (limits, problem) = hostLimits(config.values.list(name))
    if let problem {
      throw UsageError(problem, at: config.location(of: name), hint: "127.0.0.1:200")
    }
    return limits
  }

  /// The limits by address, and what is wrong with the first item that gives none. Hosts are looked
  /// up, so it may block.
  static func hostLimits(_ items: [String]) -> (limits: [String: Int], problem: String?) {
    var limits: [String: Int] = [:]
    var problem: String?
    for item in items {
      guard let colon = item.lastIndex(of: ":"), let count = Int(item[item.index(after: colon)...]),
        count >= 0
      else {
        problem = problem ?? "'\(item)' is not an address with a number"
        continue
      }
      let addresses = resolvedAddresses(String(item[..<colon]))
      if addresses.isEmpty { problem = problem ?? "'\(item)': the host does not resolve" }
      for address in addresses { limits[address] = count }
    }
    return (limits, problem)
  }
}
