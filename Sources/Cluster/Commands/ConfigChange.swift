import KafkaProtocol

/// One change that IncrementalAlterConfigs asks for (KIP-339).
package struct ConfigChange: Sendable {
  package enum Operation: Int8, Sendable {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3
  }

  package let name: String
  package let operation: Operation
  package let value: String?

  package init(_ name: String, _ operation: Operation, _ value: String?) {
    self.name = name
    self.operation = operation
    self.value = value
  }

  /// What `changes` make of the values in force; nil goes back to the default.
  package static func resolve(
    _ changes: [ConfigChange], keys: [ConfigKey], current: (ConfigKey) -> String?
  ) throws(Refusal) -> [String: String?] {
    var result: [String: String?] = [:]
    for change in changes {
      guard result[change.name] == nil else {
        throw Refusal(.invalidRequest, "Error due to duplicate config keys : \(change.name)")
      }
      // `updateValue`, because assigning nil would remove the entry.
      result.updateValue(try change.resolved(keys, current), forKey: change.name)
    }
    return result
  }

  private func resolved(_ keys: [ConfigKey], _ current: (ConfigKey) -> String?)
    throws(Refusal) -> String?
  {
    if operation == .delete { return nil }
    guard let value else {
      throw Refusal(.invalidRequest, "Null value not supported for : \(name)")
    }
    if operation == .set { return value }
    guard let key = keys.first(where: { $0.name == name }), key.kind == .list else {
      throw Refusal(
        .invalidConfig, "Config value append is not allowed for config key: \(name)")
    }
    var items = listItems(current(key) ?? "")
    for item in listItems(value) {
      if operation == .subtract {
        items.removeAll { $0 == item }
      } else if !items.contains(item) {
        items.append(item)
      }
    }
    return items.joined(separator: ",")
  }
}
