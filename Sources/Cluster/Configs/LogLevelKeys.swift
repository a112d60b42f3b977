import KafkaProtocol
import Platform

/// The levels of the log's parts, as the configs of a broker logger (KIP-412).
package enum LogLevelKeys {
  /// Kafka's names, of which some mean the same here.
  private static let levels: [(name: String, level: LogLevel)] = [
    ("ERROR", .error), ("FATAL", .error), ("WARN", .warn), ("INFO", .info), ("DEBUG", .debug),
    ("TRACE", .debug),
  ]

  /// A part's level as DescribeConfigs shows it.
  package static func describe(_ part: String, _ level: LogLevel) -> ConfigEntry {
    let key = ConfigKey(
      part, .string, nil, words: levels.map(\.name),
      "The least serious line that this part of the broker logs.")
    let name = levels.first { $0.level == level }?.name
    return ConfigEntry(key, settings: [.init(part, name, .brokerLogger)])
  }

  /// The levels that `changes` set; nil gives a part the root's again.
  package static func resolve(
    _ changes: [ConfigChange], parts: Set<String>
  ) throws(Refusal) -> [String: LogLevel?] {
    var result: [String: LogLevel?] = [:]
    for change in changes {
      guard parts.contains(change.name) else {
        throw Refusal(.invalidConfig, "Logger \(change.name) does not exist!")
      }
      result.updateValue(try level(after: change), forKey: change.name)
    }
    return result
  }

  private static func level(after change: ConfigChange) throws(Refusal) -> LogLevel? {
    switch change.operation {
    case .set:
      guard let known = levels.first(where: { $0.name == change.value }) else {
        let names = levels.map(\.name).joined(separator: ", ")
        throw Refusal(
          .invalidConfig,
          "Cannot set the log level of \(change.name) to \(change.value ?? "null") as it is not a "
            + "supported log level. Valid log levels are \(names)")
      }
      return known.level
    case .delete:
      guard change.name != LogLevels.root else {
        throw Refusal(
          .invalidRequest, "Removing the log level of the root logger is not allowed")
      }
      return nil
    case .append, .subtract:
      throw Refusal(
        .invalidRequest,
        "\(change.operation) operation is not allowed for the BROKER_LOGGER resource")
    }
  }
}
