extension BrokerKeys {
  /// What may also be set for one listener, as `listener.name.<name>.<config>`.
  package static let perListener: Set<String> = ["max.connections", "max.connection.creation.rate"]

  static let connections: [ConfigKey] = [
    ConfigKey(
      "max.connections", .int, "2147483647", in: 1...Int64(Int32.max),
      "How many connections the broker takes; further ones wait until one closes. Also by "
        + "listener: listener.name.<name>.max.connections."),
    ConfigKey(
      "max.connection.creation.rate", .int, "2147483647", in: 1...Int64(Int32.max),
      "How many connections a second the broker accepts; faster ones wait. Also by listener."),
    ConfigKey(
      "max.connections.per.ip", .int, "2147483647", in: 0...Int64(Int32.max),
      "How many connections one client address may have; further ones are closed."),
    ConfigKey(
      "max.connections.per.ip.overrides", .list, "",
      "The same for single addresses or host names: 127.0.0.1:200,batch.example.com:50."),
    ConfigKey(
      "queued.max.request.bytes", .long, "268435456", in: -1...Int64.max,
      "Bytes of incomplete requests in memory over all connections; above it large requests wait "
        + "unread. −1 is the default of 256 MiB."),
    ConfigKey(
      "queued.max.requests", .int, "500", in: 1...1_000_000,
      "Unanswered requests of one connection; with so many nothing more is read from it. (Kafka's "
        + "is one queue for all; here a request goes to its handler as it is read.)"),
    ConfigKey(
      "socket.receive.buffer.bytes", .int, "-1", in: -1...Int64(Int32.max),
      "SO_RCVBUF; −1 lets the kernel adapt it to each connection, which a fixed size prevents."),
    ConfigKey(
      "socket.send.buffer.bytes", .int, "-1", in: -1...Int64(Int32.max),
      "SO_SNDBUF; −1 lets the kernel adapt it to each connection, which a fixed size prevents."),
  ]

  /// Quotas of clients: how they are measured. What they are is set with AlterClientQuotas.
  static let quotas: [ConfigKey] = [
    ConfigKey(
      "quota.window.num", .int, "11", in: 1...3600,
      "Over how many windows quotas measure; the last one is the one that is running."),
    ConfigKey(
      "quota.window.size.seconds", .int, "1", in: 1...3600,
      "The length of a window; also the longest that request_percentage keeps a client waiting."),
    ConfigKey(
      "controller.quota.window.num", .int, "11", in: 1...3600,
      "With controller.quota.window.size.seconds: for how many seconds of "
        + "controller_mutation_rate partitions may be made at once."),
    ConfigKey(
      "controller.quota.window.size.seconds", .int, "1", in: 1...3600,
      "See controller.quota.window.num."),
    ConfigKey(
      "varve.quota.max.clients", .int, "10000", in: 1...1_000_000,
      "How many clients are measured apart for each kind of quota; further ones share."),
  ]

  static let telemetry: [ConfigKey] = [
    ConfigKey(
      "telemetry.max.bytes", .int, "1048576", in: 1...Int64(Int32.max),
      "The most bytes of metrics that a client may push at once."),
    ConfigKey(
      "varve.telemetry.max.clients", .int, "16384", in: 1...10_000_000,
      "How many clients that ask for telemetry subscriptions are remembered."),
  ]
}
