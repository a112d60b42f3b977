/// Whom a quota is for: a user, a client id, both, or an address (KIP-546, KIP-612).
package struct QuotaEntity: Hashable, Sendable {
  /// The parts that an entity can have, by Kafka's names.
  package enum Part: String, CaseIterable, Sendable {
    case user
    case clientID = "client-id"
    case ip
  }

  /// Which users, client ids or addresses are meant.
  package enum Name: Hashable, Sendable {
    case exactly(String)
    /// All that have no quota of their own.
    case byDefault

    /// The name as in messages, where null is the default.
    package var text: String? {
      switch self {
      case .exactly(let text): text
      case .byDefault: nil
      }
    }

    package init(_ text: String?) { self = text.map { .exactly($0) } ?? .byDefault }
  }

  package var user: Name?
  package var clientID: Name?
  package var ip: Name?

  package init(user: Name? = nil, clientID: Name? = nil, ip: Name? = nil) {
    self.user = user
    self.clientID = clientID
    self.ip = ip
  }

  package subscript(part: Part) -> Name? {
    get {
      switch part {
      case .user: user
      case .clientID: clientID
      case .ip: ip
      }
    }
    set {
      switch part {
      case .user: user = newValue
      case .clientID: clientID = newValue
      case .ip: ip = newValue
      }
    }
  }

  /// The parts that it has, in a fixed order.
  package var parts: [(part: Part, name: Name)] {
    Part.allCases.compactMap { part in self[part].map { (part, $0) } }
  }
}

extension QuotaEntity: CustomStringConvertible {
  package var description: String {
    parts.map { "\($0.part.rawValue)=\($0.name.text ?? "<default>")" }.joined(separator: ",")
  }
}
