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

  private static func overrides(_ config: BrokerConfig) throws(UsageError) -> [String: Int] {
    let name = "max.connections.per.ip.overrides"
    var result: [String: Int] = [:]
    for item in config.values.list(name) {
      guard let colon = item.lastIndex(of: ":"), let count = Int(item[item.index(after: colon)...]),
        count >= 0
      else {
        throw UsageError(
          "'\(item)' is not an address with a number", at: config.location(of: name),
          hint: "127.0.0.1:200")
      }
      let addresses = resolvedAddresses(String(item[..<colon]))
      guard !addresses.isEmpty else {
        throw UsageError("'\(item)': the host does not resolve", at: config.location(of: name))
      }
      for address in addresses { result[address] = count }
    }
    return result
  }
}
