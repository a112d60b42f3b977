/// One config that an operator can set: its name, type, default and what it does.
///
/// The generated reference (`varve configs`) and DescribeConfigs both read from here.
package struct ConfigKey: Sendable {
  /// The type of a value, with Kafka's type ids (DescribeConfigs v3, `ConfigType`).
  package enum Kind: Int8, Sendable {
    case boolean = 1
    case string = 2
    case int = 3
    case long = 5
    case double = 6
    case list = 7
    case password = 9
  }

  package let name: String
  package let kind: Kind
  /// The default as text; nil is Kafka's null (not set).
  package let defaultValue: String?
  /// For numbers.
  package let range: ClosedRange<Int64>
  /// For strings and lists: the words that are allowed; empty allows all.
  package let words: [String]
  /// One or two sentences for the operator.
  package let documentation: String
  /// False for a name that is taken so that Kafka's files and tools work, and changes nothing.
  package let acts: Bool

  package init(
    _ name: String, _ kind: Kind, _ defaultValue: String?,
    in range: ClosedRange<Int64> = Int64.min...Int64.max, words: [String] = [], acts: Bool = true,
    _ documentation: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.range = range
    self.words = words
    self.acts = acts
    self.documentation = documentation
  }

  /// A value as it is kept: as Kafka does, without blanks around it, and true and false in any
  /// case.
  package func normalized(_ value: String) -> String {
    var value = value[...]
    while value.first?.isWhitespace == true { value.removeFirst() }
    while value.last?.isWhitespace == true { value.removeLast() }
    guard kind == .boolean else { return String(value) }
    let lowercased = value.lowercased()
    return lowercased == "true" || lowercased == "false" ? lowercased : String(value)
  }

  /// What is wrong with a normalized value, in words; nil when it is fine.
  package func problem(with value: String) -> String? {
    switch kind {
    case .boolean:
      return value == "true" || value == "false" ? nil : "wants true or false, not '\(value)'"
    case .int, .long:
      let limit: ClosedRange<Int64> =
        kind == .int ? Int64(Int32.min)...Int64(Int32.max) : Int64.min...Int64.max
      guard let number = Int64(value) else { return "wants a whole number, not '\(value)'" }
      let allowed = range.clamped(to: limit)
      if allowed.contains(number) { return nil }
      if number > limit.upperBound { return "wants at most \(limit.upperBound), not \(number)" }
      return "wants \(bounds(allowed, limit)), not \(number)"
    case .double:
      guard let number = Double(value), !number.isNaN else {
        return "wants a number, not '\(value)'"
      }
      let everything = Int64.min...Int64.max
      let isAllowed =
        range == everything
        || number >= Double(range.lowerBound) && number <= Double(range.upperBound)
      return isAllowed ? nil : "wants \(bounds(range, everything)), not \(value)"
    case .string, .list, .password:
      guard !words.isEmpty else { return nil }
      let given = kind == .list ? listItems(value) : [value]
      guard let wrong = given.first(where: { !words.contains($0) }) else { return nil }
      return "wants one of \(words.joined(separator: ", ")), not '\(wrong)'"
    }
  }

  private func bounds(_ allowed: ClosedRange<Int64>, _ limit: ClosedRange<Int64>) -> String {
    if allowed.upperBound == limit.upperBound { return "at least \(allowed.lowerBound)" }
    if allowed.lowerBound == limit.lowerBound { return "at most \(allowed.upperBound)" }
    return "\(allowed.lowerBound) to \(allowed.upperBound)"
  }
}

/// The items of a comma-separated list value, without blanks around them.
package func listItems(_ value: String) -> [String] {
  value.split(separator: ",").map { item in
    var item = item
    while item.first == " " { item.removeFirst() }
    while item.last == " " { item.removeLast() }
    return String(item)
  }.filter { !$0.isEmpty }
}
