import Platform

/// The values in force for a topic as text, with where each comes from (DescribeConfigs).
package struct TopicConfigValues: Sendable {
  package let overrides: [String: String]
  package let broker: ConfigSet
  package let isInternal: Bool

  package init(overrides: [String: String], broker: ConfigSet, isInternal: Bool) {
    self.overrides = overrides
    self.broker = broker
    self.isInternal = isInternal
  }

  private static let keys = Dictionary(uniqueKeysWithValues: TopicKeys.all.map { ($0.name, $0) })

  /// The value in force and its source; nil for a name no topic config has.
  package func entry(_ name: String) -> (value: String, source: ConfigSource)? {
    guard let key = Self.keys[name] else { return nil }
    if let value = overrides[name] { return (value, .topic) }
    if staysLocal(name) { return ("false", .builtIn) }
    let synonyms = TopicKeys.synonyms[name] ?? []
    for synonym in synonyms {
      if let set = broker.setting(synonym.name), let value = set.value {
        return (scaled(value, synonym.factor), set.source)
      }
    }
    for synonym in synonyms {
      if let value = broker.keys[synonym.name]?.defaultValue {
        return (scaled(value, synonym.factor), .builtIn)
      }
    }
    return (key.defaultValue ?? "", .builtIn)
  }

  /// A config as DescribeConfigs shows it.
  package func describe(_ key: ConfigKey) -> ConfigEntry {
    var settings: [ConfigEntry.Setting] = []
    if let own = overrides[key.name] { settings.append(.init(key.name, own, .topic)) }
    if settings.isEmpty, staysLocal(key.name) {
      return ConfigEntry(key, settings: [.init(key.name, "false", .builtIn)])
    }
    for synonym in TopicKeys.synonyms[key.name] ?? [] {
      settings += broker.synonyms(of: synonym.name)
    }
    return ConfigEntry(key, settings: settings, value: entry(key.name)?.value)
  }

  /// Whether the name is that of settling, and the topic is of those that never do by themselves.
  private func staysLocal(_ name: String) -> Bool {
    name == "remote.storage.enable" && (isInternal || isCompactedByText)
  }

  private var isCompactedByText: Bool {
    let own = overrides["cleanup.policy"] ?? broker.text("log.cleanup.policy")
    return own.map { listItems($0).contains("compact") } ?? false
  }

  /// Hours and minutes become milliseconds; −1 stays −1.
  private func scaled(_ value: String, _ factor: Int64) -> String {
    guard factor != 1, let number = Int64(value), number >= 0 else { return value }
    return String(number.multipliedReportingOverflow(by: factor).partialValue)
  }

  func text(_ name: String) -> String {
    guard let entry = entry(name) else { preconditionFailure("topic config \(name) not declared") }
    return entry.value
  }

  func list(_ name: String) -> [String] { listItems(text(name)) }

  func long(_ name: String) -> Int64 {
    guard let value = Int64(text(name)) else { preconditionFailure("\(name) is not a number") }
    return value
  }

  func double(_ name: String) -> Double {
    guard let value = Double(text(name)) else { preconditionFailure("\(name) is not a number") }
    return value
  }

  /// −2 takes the other config's value.
  func long(_ name: String, orWhenInherited other: String) -> Int64 {
    let value = long(name)
    return value == -2 ? long(other) : value
  }
}

/// A topic setting as it is kept; see `ConfigKey.normalized`.
func normalizedTopicConfig(_ name: String, _ value: String) -> String {
  TopicKeys.all.first { $0.name == name }?.normalized(value) ?? value
}

/// Checks one topic setting; returns what is wrong in words, nil when it is fine.
package func topicConfigProblem(_ name: String, _ value: String) -> String? {
  guard let key = TopicKeys.all.first(where: { $0.name == name }) else {
    let nearest = nearestName(to: name, among: TopicKeys.all.map(\.name))
    return "Unknown topic config name: \(name)" + (nearest.map { "; did you mean \($0)?" } ?? "")
  }
  return key.problem(with: value).map { "\(name) \($0)" }
}
