/// Where a config's value comes from, with Kafka's numbers (DescribeConfigs v1+, `ConfigSource`).
package enum ConfigSource: Int8, Sendable {
  case topic = 1
  /// Set at run time for this broker.
  case dynamicBroker = 2
  /// Set at run time for all brokers.
  case dynamicDefaultBroker = 3
  /// `server.properties`.
  case staticBroker = 4
  case builtIn = 5
  case brokerLogger = 6
  case clientMetrics = 7
  case group = 8
}

/// One config of a resource as DescribeConfigs shows it.
package struct ConfigEntry: Sendable {
  /// A value that is set somewhere for the config, or its default.
  package struct Setting: Equatable, Sendable {
    package let name: String
    package let value: String?
    package let source: ConfigSource

    package init(_ name: String, _ value: String?, _ source: ConfigSource) {
      self.name = name
      self.value = value
      self.source = source
    }
  }

  package let key: ConfigKey
  package let value: String?
  package let source: ConfigSource
  /// Cannot be altered while the broker runs.
  package let isReadOnly: Bool
  /// Everything the value could come from, the one in force first.
  package let synonyms: [Setting]

  /// The entry whose value is that of the first setting; the key's default without any.
  ///
  /// - Parameter value: what is in force where that is not a setting's text, such as hours in
  ///   milliseconds.
  package init(
    _ key: ConfigKey, settings: [Setting], value: String? = nil, isReadOnly: Bool = false
  ) {
    self.key = key
    self.value = value ?? settings.first?.value ?? key.defaultValue
    source = settings.first?.source ?? .builtIn
    self.isReadOnly = isReadOnly
    synonyms = settings
  }

  package var isSensitive: Bool { key.kind == .password }
}
