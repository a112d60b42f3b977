import Platform

/// The broker's own configs, read and checked once at start.
package struct BrokerConfig: Sendable {
  /// Everything that was set, for topic defaults and DescribeConfigs.
  package let values: ConfigSet
  package let nodeID: Int32
  package let listeners: [ListenerAddress]
  package let advertised: [ListenerAddress]
  package private(set) var logDirectory: String
  package private(set) var lakeURL: String
  /// Where each config that was set stands: `server.properties:12`.
  private let locations: [String: String]

  /// - Parameter file: nil for the embedded defaults.
  /// - Throws: `UsageError` naming file, line and the nearest valid name.
  package init(file: PropertiesFile?, overrides: [String: String] = [:]) throws(UsageError) {
    var values = ConfigSet(keys: BrokerKeys.all, perListener: BrokerKeys.perListener)
    var lines: [String: String] = [:]
    for entry in file?.entries ?? [] {
      let location = "\(file?.path ?? ""):\(entry.line)"
      lines[entry.name] = location
      try values.set(entry.name, entry.value, at: location)
    }
    for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
      try values.set(name, value, at: "--set \(name)")
      lines[name] = "--set \(name)"
    }
    if let problem = BrokerKeys.cleanerProblem(values) {
      let names = ["log.cleaner.dedupe.buffer.size", "log.cleaner.threads"]
      throw UsageError(problem, at: names.compactMap { lines[$0] }.first)
    }
    try Self.checkGroups(values, lines)
    self.values = values
    locations = lines
    nodeID = Int32(
      values.optionalLong("broker.id").flatMap { $0 >= 0 ? $0 : nil }
        ?? values.long("node.id"))
    listeners = try Self.addresses(values.list("listeners"), at: lines["listeners"])
    if values.text("advertised.listeners") != nil {
      advertised = try Self.addresses(
        values.list("advertised.listeners"), at: lines["advertised.listeners"])
    } else {
      advertised = listeners
    }
    try Self.checkListenerNames(values, listeners, lines)
    let directories = values.text("log.dirs").map(listItems) ?? [values.string("log.dir")]
    guard directories.count == 1, let directory = directories.first else {
      throw UsageError(
        "log.dirs names \(directories.count) directories", at: lines["log.dirs"],
        hint: "one directory is supported")
    }
    logDirectory = directory
    lakeURL = values.text("lake.url") ?? "file://\(directory)/lake"
  }

  private static func addresses(_ items: [String], at location: String?) throws(UsageError)
    -> [ListenerAddress]
  {
    var result: [ListenerAddress] = []
    for item in items {
      guard let address = ListenerAddress(item) else {
        throw UsageError(
          "'\(item)' is not a listener", at: location, hint: "PLAINTEXT://host:port")
      }
      guard address.securityProtocol == "PLAINTEXT" else {
        throw UsageError(
          "\(address.securityProtocol) is not supported yet", at: location,
          hint: "use PLAINTEXT://host:port")
      }
      result.append(address)
    }
    guard !result.isEmpty else { throw UsageError("no listener is set", at: location) }
    return result
  }

  /// A limit for a listener that does not exist would protect nothing.
  private static func checkListenerNames(
    _ values: ConfigSet, _ listeners: [ListenerAddress], _ lines: [String: String]
  ) throws(UsageError) {
    let names = listeners.map { $0.securityProtocol.lowercased() }
    for name in values.values.keys.sorted() {
      guard let own = ConfigSet.listenerConfig(name), !names.contains(own.listener)
      else { continue }
      throw UsageError(
        "\(name): there is no listener \(own.listener)", at: lines[name],
        hint: "listeners are: \(names.joined(separator: ", ")), in small letters")
    }
  }

  /// What one listener has for itself; nil when it was not set.
  package func number(_ config: String, ofListener listener: String) -> Int64? {
    values.values["listener.name.\(listener.lowercased()).\(config)"].flatMap { Int64($0) }
  }

  /// Where a config was set, and its name, for errors about its value; its name when it was not.
  package func location(of name: String) -> String {
    guard let location = locations[name] else { return name }
    return location.hasSuffix(name) ? location : "\(location): \(name)"
  }

  /// The same with the log directory, and a lake beside it, as absolute paths.
  package func absolute(in current: String) -> BrokerConfig {
    guard !logDirectory.hasPrefix("/") else { return self }
    var config = self
    config.logDirectory = "\(current)/\(logDirectory)"
    if values.text("lake.url") == nil { config.lakeURL = "file://\(config.logDirectory)/lake" }
    return config
  }

  /// How many event loops to run on a machine with `cores` cores.
  package func networkThreads(cores: Int) -> Int {
    if let count = values.optionalLong("num.network.threads") { return Int(count) }
    return max(min(cores, 2), min(16, cores / 2))
  }

  /// Names that were set and change nothing.
  package var withoutEffect: [String] {
    values.values.keys.filter { values.keys[$0]?.acts == false }.sorted()
  }
}
