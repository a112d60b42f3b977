/// The configs of a subscription to clients' metrics (KIP-714).
package enum ClientMetricsKeys {
  package static let all: [ConfigKey] = [
    ConfigKey(
      "metrics", .list, "",
      "Prefixes of the metrics that clients are asked for; `*` asks for all."),
    ConfigKey(
      "interval.ms", .int, "300000", in: 100...3_600_000, "How often clients are asked to push."),
    ConfigKey(
      "match", .list, "", "Which clients are asked: selector=regular expression, comma-separated."),
  ]

  /// What a pattern of `match` may look at.
  static let selectors = [
    "client_instance_id", "client_id", "client_software_name", "client_software_version",
    "client_source_address", "client_source_port",
  ]

  /// A config as DescribeConfigs shows it.
  package static func describe(_ key: ConfigKey, _ overrides: [String: String]) -> ConfigEntry {
    var settings: [ConfigEntry.Setting] = []
    if let own = overrides[key.name] { settings.append(.init(key.name, own, .clientMetrics)) }
    settings.append(.init(key.name, key.defaultValue, .builtIn))
    return ConfigEntry(key, settings: settings)
  }
}
