/// The configs of a group, under Kafka's own names (KIP-848, KIP-932, KIP-1071).
package enum GroupKeys {
  /// The broker config that gives each default.
  static func synonym(of name: String) -> String { "group." + name }

  /// The broker configs between which a group's value must lie.
  static let bounds: [String: (lowest: String, highest: String)] = [
    "consumer.session.timeout.ms": (
      "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"
    ),
    "consumer.heartbeat.interval.ms": (
      "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"
    ),
  ]

  package static let all: [ConfigKey] = [
    ConfigKey(
      "consumer.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "A member of a consumer group (KIP-848) that is silent for this long has left."),
    ConfigKey(
      "consumer.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "How often a member of a consumer group (KIP-848) is told to send a heartbeat."),
    taken("share.session.timeout.ms", .int, "45000", share),
    taken("share.heartbeat.interval.ms", .int, "5000", share),
    taken("share.record.lock.duration.ms", .int, "30000", share),
    taken("share.auto.offset.reset", .string, "latest", share),
    taken(
      "share.isolation.level", .string, "read_uncommitted",
      words: ["read_committed", "read_uncommitted"], share),
    taken("streams.session.timeout.ms", .int, "45000", streams),
    taken("streams.heartbeat.interval.ms", .int, "5000", streams),
    taken("streams.num.standby.replicas", .int, "0", streams),
  ]

  private static let share = "Taken, without effect: share groups (KIP-932) are not served."
  private static let streams = "Taken, without effect: streams groups (KIP-1071) are not served."

  private static func taken(
    _ name: String, _ kind: ConfigKey.Kind, _ value: String, words: [String] = [], _ text: String
  ) -> ConfigKey {
    ConfigKey(
      name, kind, value, in: kind == .int ? 0...Int64(Int32.max) : Int64.min...Int64.max,
      words: words, acts: false, text)
  }
}

/// The values in force for a group: its own over the broker's defaults.
package struct GroupConfigValues: Sendable {
  package let overrides: [String: String]
  package let broker: ConfigSet

  package init(overrides: [String: String], broker: ConfigSet) {
    self.overrides = overrides
    self.broker = broker
  }

  /// A config as DescribeConfigs shows it.
  package func describe(_ key: ConfigKey) -> ConfigEntry {
    var settings: [ConfigEntry.Setting] = []
    if let own = overrides[key.name] { settings.append(.init(key.name, own, .group)) }
    let synonym = GroupKeys.synonym(of: key.name)
    if broker.keys[synonym] != nil { settings += broker.synonyms(of: synonym) }
    return ConfigEntry(key, settings: settings)
  }
}
