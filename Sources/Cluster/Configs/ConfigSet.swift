import Platform

/// The values of a broker's configs: what was set at run time for this broker, over what was set
/// at run time for all, over `server.properties`, over the defaults. Each was checked against its
/// key when it was set.
package struct ConfigSet: Sendable {
  /// The keys this set knows, by name.
  package let keys: [String: ConfigKey]
  /// What was set explicitly before the start, by name.
  package private(set) var values: [String: String] = [:]
  private var ofBroker: [String: String] = [:]
  private var ofAllBrokers: [String: String] = [:]

  /// Names of keys that a listener may have for itself.
  private let perListener: Set<String>

  package init(keys: [ConfigKey], perListener: Set<String> = []) {
    self.perListener = perListener
    self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
  }

  /// - Throws: `UsageError` for an unknown name (with the nearest valid one) or a bad value.
  package mutating func set(_ name: String, _ value: String, at location: String? = nil)
    throws(UsageError)
  {
    guard let key = key(of: name) else {
      let nearest = nearestName(to: name, among: keys.keys)
      throw UsageError(
        "unknown config \(name)", at: location,
        hint: nearest.map { "did you mean \($0)?" } ?? "see: varve configs")
    }
    let value = key.normalized(value)
    if let problem = key.problem(with: value) {
      throw UsageError("\(name) \(problem)", at: location)
    }
    values[name] = value
  }

  /// The same under what was set at run time; for names in `BrokerKeys.dynamic` only.
  package func under(broker: [String: String], allBrokers: [String: String]) -> ConfigSet {
    var set = self
    set.ofBroker = broker
    set.ofAllBrokers = allBrokers
    return set
  }

  /// What was set explicitly, at run time or before; nil where only the default is left.
  package func setting(_ name: String) -> ConfigEntry.Setting? { settings(of: name).first }

  /// Everything that was set for a name, the one in force first; without the default.
  private func settings(of name: String) -> [ConfigEntry.Setting] {
    var found: [ConfigEntry.Setting] = []
    if let value = ofBroker[name] { found.append(.init(name, value, .dynamicBroker)) }
    if let value = ofAllBrokers[name] { found.append(.init(name, value, .dynamicDefaultBroker)) }
    if let value = values[name] { found.append(.init(name, value, .staticBroker)) }
    return found
  }

  /// Everything that a name's value could come from, the one in force first, the default last.
  package func synonyms(of name: String) -> [ConfigEntry.Setting] {
    var found = settings(of: name)
    if let value = keys[name]?.defaultValue { found.append(.init(name, value, .builtIn)) }
    return found
  }

  /// The key of a config, which one listener may have for itself.
  private func key(of name: String) -> ConfigKey? {
    guard let own = Self.listenerConfig(name) else { return keys[name] }
    return perListener.contains(own.config) ? keys[own.config] : nil
  }

  /// The parts of `listener.name.<listener>.<config>`; nil for another name.
  package static func listenerConfig(_ name: String) -> (listener: String, config: String)? {
    let prefix = "listener.name."
    guard name.hasPrefix(prefix) else { return nil }
    let rest = name.dropFirst(prefix.count)
    guard let dot = rest.firstIndex(of: ".") else { return nil }
    return (String(rest[..<dot]), String(rest[rest.index(after: dot)...]))
  }

  /// The set value, else the default.
  package func text(_ name: String) -> String? {
    if let value = ofBroker[name] ?? ofAllBrokers[name] ?? values[name] { return value }
    guard let key = keys[name] else { preconditionFailure("config \(name) is not declared") }
    return key.defaultValue
  }

  package func string(_ name: String) -> String { text(name) ?? "" }
  package func list(_ name: String) -> [String] { listItems(string(name)) }
  package func bool(_ name: String) -> Bool { text(name) == "true" }

  /// The number, nil where the config has no value.
  package func optionalLong(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

  package func double(_ name: String) -> Double {
    guard let value = text(name).flatMap({ Double($0) }) else {
      preconditionFailure("config \(name) has no number")
    }
    return value
  }

  package func long(_ name: String) -> Int64 {
    guard let value = optionalLong(name) else {
      preconditionFailure("config \(name) has no number")
    }
    return value
  }

  package func int(_ name: String) -> Int { Int(long(name)) }
}
