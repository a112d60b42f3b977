import Platform

/// The limits of sockets, buffers and queues; the defaults are Kafka's where Kafka has the name.
package struct NetConfiguration: Sendable {
  /// `socket.request.max.bytes`: a frame that announces more closes its connection.
  package var maximumFrameBytes = 104_857_600
  /// `connections.max.idle.ms`: also the longest time one frame may take; zero or less is never.
  package var idleMilliseconds: Int64 = 600_000
  /// `socket.listen.backlog.size`. Kafka's 50 overflows in a burst of connects, and then a client
  /// waits a second for its next attempt.
  package var backlog: Int32 = 1_024
  /// `socket.receive.buffer.bytes`; nil (−1 in Kafka) leaves it to the kernel.
  package var socketReceiveBufferBytes: Int32?
  /// `socket.send.buffer.bytes`; nil (−1 in Kafka) leaves it to the kernel.
  package var socketSendBufferBytes: Int32?
  /// `max.connections`: further ones wait in the backlog until one closes.
  package var maximumConnections = Int(Int32.max)
  /// `max.connection.creation.rate`, a second: faster ones wait in the backlog. Nil is no limit.
  package var maximumConnectionRate: Double?
  /// The same by listener, by the names of `listeners`.
  package var listenerLimits: [String: ListenerLimits] = [:]
  /// `quota.window.num`: over how many windows rates of connections are measured.
  package var rateWindows = 11
  /// `quota.window.size.seconds`.
  package var rateWindowSeconds: Int64 = 1
  /// `max.connections.per.ip`: further ones are closed as soon as they are accepted.
  package var maximumConnectionsPerHost = Int(Int32.max)
  /// `max.connections.per.ip.overrides`: limits for single addresses.
  package var maximumConnectionsPerHostOverrides: [String: Int] = [:]

  /// `queued.max.request.bytes`: memory of all loops for frames that are still incomplete. When it
  /// is used up large frames wait, one of each loop excepted, and small ones go on.
  package var bufferBudgetBytes = 256 << 20
  /// How long a large frame may rest without a byte while others wait for buffer memory.
  package var stalledFrameMilliseconds: Int64 = 30_000
  /// A connection with this much unsent output is not parsed further.
  package var pendingOutputBytes = 1 << 20
  /// `queued.max.requests`, of one connection: with so many unanswered ones it is not parsed
  /// further.
  package var pendingReplies = 500
  /// The most that one connection receives in one iteration.
  package var receiveBytesPerWakeup = 1 << 20
  /// The most that all connections of a loop receive in one iteration; the rest is first next time.
  package var receiveBytesPerIteration = 8 << 20
  /// The most that one connection sends in one iteration.
  package var sendBytesPerWakeup = 2 << 20
  /// Free buffers that each loop keeps for later.
  package var cachedBufferBytes = 32 << 20

  package init() {}

  func makeRate() -> WindowedRate {
    WindowedRate(windows: rateWindows, windowNanoseconds: rateWindowSeconds * 1_000_000_000)
  }
}
