import Platform

extension BrokerConfig {
  /// Kafka's rules for the timing of groups: it lies within its bounds, and a session is longer
  /// than the time between heartbeats.
  ///
  /// - Throws: `UsageError` that names both configs.
  static func checkGroups(_ values: ConfigSet, _ lines: [String: String]) throws(UsageError) {
    func require(
      _ name: String, _ words: String, _ other: String, _ holds: (Int64, Int64) -> Bool
    ) throws(UsageError) {
      let (value, limit) = (values.long(name), values.long(other))
      guard !holds(value, limit) else { return }
      throw UsageError(
        "\(name) (\(value)) must be \(words) \(other) (\(limit))", at: lines[name] ?? lines[other],
        hint: "set both")
    }
    for (name, bounds) in GroupKeys.bounds.sorted(by: { $0.key < $1.key }) {
      let config = GroupKeys.synonym(of: name)
      try require(bounds.highest, "greater than or equal to", bounds.lowest, >=)
      try require(config, "greater than or equal to", bounds.lowest, >=)
      try require(config, "less than or equal to", bounds.highest, <=)
    }
    for (longer, shorter) in GroupKeys.longerThan {
      let (session, heartbeat) = (GroupKeys.synonym(of: longer), GroupKeys.synonym(of: shorter))
      try require(session, "greater than", heartbeat, >)
    }
  }
}
