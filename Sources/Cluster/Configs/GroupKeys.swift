/// The configs of a group, under Kafka's own names (KIP-848, KIP-932, KIP-1071).
package enum GroupKeys {
  /// The broker config that gives each default.
  static func synonym(of name: String) -> String { "group." + name }

  /// The broker configs between which a group's value, and the broker's own, must lie.
  static let bounds: [String: (lowest: String, highest: String)] = [
    "consumer.session.timeout.ms": (
      "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"
    ),
    "consumer.heartbeat.interval.ms": (
      "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"
    ),
    "share.session.timeout.ms": (
      "group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms"
    ),
    "share.heartbeat.interval.ms": (
      "group.share.min.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms"
    ),
    "share.record.lock.duration.ms": (
      "group.share.min.record.lock.duration.ms", "group.share.max.record.lock.duration.ms"
    ),
  ]

  /// Which config must be greater than which.
  static let longerThan = [
    ("consumer.session.timeout.ms", "consumer.heartbeat.interval.ms"),
    ("share.session.timeout.ms", "share.heartbeat.interval.ms"),
  ]

  package static let all: [ConfigKey] = [
    ConfigKey(
      "consumer.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "A member of a consumer group (KIP-848) that is silent for this long has left."),
    ConfigKey(
      "consumer.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "How often a member of a consumer group (KIP-848) is told to send a heartbeat."),
    ConfigKey(
      "share.session.timeout.ms", .int, "45000", in: 1...Int64(Int32.max),
      "A member of a share group (KIP-932) that is silent for this long has left."),
    ConfigKey(
      "share.heartbeat.interval.ms", .int, "5000", in: 1...Int64(Int32.max),
      "How often a member of a share group is told to send a heartbeat."),
    ConfigKey(
      "share.record.lock.duration.ms", .int, "30000", in: 1000...Int64(Int32.max),
      "For how long a member of a share group has a record before others may get it."),
    ConfigKey(
      "share.auto.offset.reset", .string, "latest",
      "Where a share group begins in a partition that it has not read yet: earliest, latest, or "
        + "by_duration: and an ISO 8601 duration such as P1D."),
    ConfigKey(
      "share.isolation.level", .string, "read_uncommitted",
      words: ["read_committed", "read_uncommitted"],
      "Whether a share group gets records of committed transactions only."),
    taken("streams.session.timeout.ms", .int, "45000", streams),
    taken("streams.heartbeat.interval.ms", .int, "5000", streams),
    taken("streams.num.standby.replicas", .int, "0", streams),
  ]

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

  /// The value in force; empty where there is none.
  package func string(_ name: String) -> String {
    guard let key = GroupKeys.all.first(where: { $0.name == name }) else {
      preconditionFailure("group config \(name) is not declared")
    }
    return describe(key).value ?? ""
  }

  /// The number in force, within what the broker allows: bounds may have become narrower since a
  /// group's own value was set.
  package func bounded(_ name: String) -> Int64 {
    guard let value = Int64(string(name)) else {
      preconditionFailure("group config \(name) has no number")
    }
    guard let bounds = GroupKeys.bounds[name] else { return value }
    return max(broker.long(bounds.lowest), min(value, broker.long(bounds.highest)))
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
