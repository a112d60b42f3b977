import KafkaProtocol
import Platform

/// Decides on changes of client quotas: from a wish to records or a refusal. No I/O.
package enum QuotaCommands {
  /// One wished change; a nil value removes the quota.
  package struct Change: Sendable {
    package let key: String
    package let value: Double?

    package init(key: String, value: Double?) {
      self.key = key
      self.value = value
    }
  }

  /// More entities with quotas are refused: every loop looks them up.
  static let maximumEntities = 100_000
  private static let maximumNameBytes = Int(Int16.max)

  /// The records that change an entity's quotas.
  package static func alter(
    _ parts: [(type: String, name: String?)], _ changes: [Change], in image: ClusterImage
  ) throws(Refusal) -> [MetadataRecord] {
    let entity = try entity(parts)
    var seen: Set<QuotaKey> = []
    var records: [MetadataRecord] = []
    for change in changes {
      guard let key = QuotaKey(rawValue: change.key),
        key.isForAddresses == (entity.ip != nil)
      else { throw Refusal(.invalidRequest, "Invalid configuration key \(change.key)") }
      guard seen.insert(key).inserted else {
        throw Refusal(.invalidRequest, "Duplicate quota key \(change.key) for \(entity)")
      }
      if let value = change.value, let problem = key.problem(with: value) {
        throw Refusal(.invalidRequest, problem)
      }
      if image.quotas[entity]?[change.key] != change.value {
        records.append(.quota(entity: entity, key: change.key, value: change.value))
      }
    }
    if image.quotas[entity] == nil, image.quotas.count >= maximumEntities, !records.isEmpty {
      throw Refusal(.policyViolation, "At most \(maximumEntities) entities can have quotas")
    }
    return records
  }

  /// The entity that a message's parts name.
  package static func entity(_ parts: [(type: String, name: String?)]) throws(Refusal)
    -> QuotaEntity
  {
    guard !parts.isEmpty else {
      throw Refusal(.invalidRequest, "Invalid empty client quota entity")
    }
    var entity = QuotaEntity()
    for (type, name) in parts {
      guard let part = QuotaEntity.Part(rawValue: type) else {
        throw Refusal(.invalidRequest, "Unhandled client quota entity type: \(type)")
      }
      guard entity[part] == nil else {
        throw Refusal(.invalidRequest, "Entity type \(type) cannot appear more than once")
      }
      guard name != "" else { throw Refusal(.invalidRequest, "Empty \(type) not supported") }
      guard name?.utf8.count ?? 0 <= maximumNameBytes else {
        throw Refusal(.invalidRequest, "The name of a \(type) is too long")
      }
      entity[part] = QuotaEntity.Name(try part == .ip ? address(name) : name)
    }
    guard entity.ip == nil || (entity.user == nil && entity.clientID == nil) else {
      throw Refusal(
        .invalidRequest,
        "Invalid quota entity combination, IP entity should not be combined with User or ClientId")
    }
    return entity
  }

  /// The address in the form in which connections are counted. Names are not resolved: that would
  /// block, and mean something else tomorrow.
  private static func address(_ name: String?) throws(Refusal) -> String? {
    guard let name else { return nil }
    guard let address = canonicalAddress(name) else {
      throw Refusal(.invalidRequest, "\(name) is not a valid IP address")
    }
    return address
  }
}
