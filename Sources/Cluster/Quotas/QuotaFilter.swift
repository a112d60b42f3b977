import KafkaProtocol

/// Which entities DescribeClientQuotas asks for.
package struct QuotaFilter: Sendable {
  /// What one part of an entity must be.
  package enum Match: Sendable {
    case name(QuotaEntity.Name)
    /// The part must be there, with any name or as the default.
    case any
  }

  private var matches: [QuotaEntity.Part: Match] = [:]
  /// Entities with further parts do not match.
  private let isStrict: Bool

  package init(strict: Bool) { isStrict = strict }

  /// Adds a condition, with Kafka's numbers for how to match: 0 exactly, 1 the default, 2 any.
  package mutating func add(type: String, matchType: Int8, match: String?) throws(Refusal) {
    guard !type.isEmpty else { throw Refusal(.invalidRequest, "Invalid empty entity type.") }
    guard let part = QuotaEntity.Part(rawValue: type) else {
      throw Refusal(.unsupportedVersion, "Unsupported entity type \(type).")
    }
    guard matches[part] == nil else {
      throw Refusal(
        .invalidRequest, "Entity type \(type) cannot appear more than once in the filter.")
    }
    switch (matchType, match) {
    case (0, let name?): matches[part] = .name(.exactly(name))
    case (0, nil):
      throw Refusal(.invalidRequest, "Request specified an exact match, but no name to match.")
    case (1, nil): matches[part] = .name(.byDefault)
    case (2, nil): matches[part] = .any
    case (1, _), (2, _):
      throw Refusal(.invalidRequest, "Request specified a name where none is matched.")
    default: throw Refusal(.invalidRequest, "Unknown match type \(matchType)")
    }
    guard matches[.ip] == nil || matches.count == 1 else {
      throw Refusal(.invalidRequest, "Invalid entity filter component combination.")
    }
  }

  package func includes(_ entity: QuotaEntity) -> Bool {
    for (part, match) in matches {
      guard let name = entity[part] else { return false }
      if case .name(let wanted) = match, wanted != name { return false }
    }
    return !isStrict || entity.parts.count == matches.count
  }
}
