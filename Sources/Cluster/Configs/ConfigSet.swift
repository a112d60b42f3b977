import Platform

/// Values of configs, checked against their keys when they are set.
package struct ConfigSet: Sendable {
  /// The keys this set knows, by name.
  package let keys: [String: ConfigKey]
  /// What was set explicitly, by name.
  package private(set) var values: [String: String] = [:]

  package init(keys: [ConfigKey]) {
    self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
  }

  /// - Throws: `UsageError` for an unknown name (with the nearest valid one) or a bad value.
  package mutating func set(_ name: String, _ value: String, at location: String? = nil)
    throws(UsageError)
  {
    guard let key = keys[name] else {
      let nearest = nearestName(to: name, among: keys.keys)
      throw UsageError(
        "unknown config \(name)", at: location,
        hint: nearest.map { "did you mean \($0)?" } ?? "see: varve configs")
    }
    if let problem = key.problem(with: value) {
      throw UsageError("\(name) \(problem)", at: location)
    }
    values[name] = value
  }

  /// The set value, else the default.
  package func text(_ name: String) -> String? {
    if let value = values[name] { return value }
    guard let key = keys[name] else { preconditionFailure("config \(name) is not declared") }
    return key.defaultValue
  }

  package func string(_ name: String) -> String { text(name) ?? "" }
  package func list(_ name: String) -> [String] { listItems(string(name)) }
  package func bool(_ name: String) -> Bool { text(name) == "true" }

  /// The number, nil where the config has no value.
  package func optionalLong(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

  package func long(_ name: String) -> Int64 {
    guard let value = optionalLong(name) else {
      preconditionFailure("config \(name) has no number")
    }
    return value
  }

  package func int(_ name: String) -> Int { Int(long(name)) }
}
