import Cluster
import KafkaProtocol

/// Which quota applies to a client: a lookup in what was set, without state or I/O.
///
/// The most specific one counts, as in Kafka: (user, client id) before user before client id, and
/// at each of them a name before the default.
struct QuotaRules: Sendable {
  /// The quota of one client and whom it shares it with.
  struct Match: Equatable {
    /// Per second.
    let limit: Double
    /// Nil when all users of the client id share it.
    let user: String?
    /// Nil when all client ids of the user share it.
    let clientID: String?
  }

  private var limits: [QuotaKey: [QuotaEntity: Double]] = [:]

  init(_ quotas: [QuotaEntity: [String: Double]] = [:]) {
    for (entity, values) in quotas {
      for (name, value) in values {
        if let key = QuotaKey(rawValue: name) { limits[key, default: [:]][entity] = value }
      }
    }
  }

  /// Whether any user or client id has a quota.
  var limitsClients: Bool { limits.keys.contains { !$0.isForAddresses } }

  /// The quota `key` of a client; nil when it has none.
  func match(_ key: QuotaKey, user: String, clientID: String) -> Match? {
    guard let limits = limits[key] else { return nil }
    let users = [QuotaEntity.Name.exactly(user), .byDefault]
    let clients = [QuotaEntity.Name.exactly(clientID), .byDefault]
    for name in users {
      for client in clients {
        if let limit = limits[QuotaEntity(user: name, clientID: client)] {
          return Match(limit: limit, user: user, clientID: clientID)
        }
      }
      if let limit = limits[QuotaEntity(user: name)] {
        return Match(limit: limit, user: user, clientID: nil)
      }
    }
    for client in clients {
      if let limit = limits[QuotaEntity(clientID: client)] {
        return Match(limit: limit, user: nil, clientID: clientID)
      }
    }
    return nil
  }

  /// How many connections a second addresses may make: by address, and of all others.
  var connectionRates: (byAddress: [String: Double], others: Double?) {
    var byAddress: [String: Double] = [:]
    for (entity, limit) in limits[.connectionCreationRate] ?? [:] {
      if case .exactly(let address) = entity.ip { byAddress[address] = limit }
    }
    return (byAddress, limits[.connectionCreationRate]?[QuotaEntity(ip: .byDefault)])
  }
}
