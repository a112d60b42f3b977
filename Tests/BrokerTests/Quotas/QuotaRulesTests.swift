import Cluster
import Testing

@testable import Broker

struct QuotaRulesTests {
  /// Every entity that can apply to user u with client id c, the most specific first, and who
  /// shares its quota.
  private static let levels: [(QuotaEntity, user: String?, clientID: String?)] = [
    (QuotaEntity(user: .exactly("u"), clientID: .exactly("c")), "u", "c"),
    (QuotaEntity(user: .exactly("u"), clientID: .byDefault), "u", "c"),
    (QuotaEntity(user: .exactly("u")), "u", nil),
    (QuotaEntity(user: .byDefault, clientID: .exactly("c")), "u", "c"),
    (QuotaEntity(user: .byDefault, clientID: .byDefault), "u", "c"),
    (QuotaEntity(user: .byDefault), "u", nil),
    (QuotaEntity(clientID: .exactly("c")), nil, "c"),
    (QuotaEntity(clientID: .byDefault), nil, "c"),
  ]

  @Test(arguments: levels.indices)
  func `the most specific quota counts`(first: Int) {
    // Set are this level and all less specific ones, with their number as the limit.
    var quotas: [QuotaEntity: [String: Double]] = [:]
    for index in first..<Self.levels.count {
      quotas[Self.levels[index].0] = ["producer_byte_rate": Double(index + 1)]
    }
    let expected = QuotaRules.Match(
      limit: Double(first + 1), user: Self.levels[first].user,
      clientID: Self.levels[first].clientID)
    let rules = QuotaRules(quotas)
    #expect(rules.match(.producerByteRate, user: "u", clientID: "c") == expected)
    #expect(rules.match(.consumerByteRate, user: "u", clientID: "c") == nil)
    #expect(rules.limitsClients)
  }

  @Test func `a quota of another client or user does not count`() {
    let rules = QuotaRules([
      QuotaEntity(clientID: .exactly("x")): ["producer_byte_rate": 1],
      QuotaEntity(user: .exactly("x")): ["producer_byte_rate": 2],
      QuotaEntity(user: .exactly("u"), clientID: .exactly("x")): ["producer_byte_rate": 3],
    ])
    #expect(rules.match(.producerByteRate, user: "u", clientID: "c") == nil)
    #expect(rules.match(.producerByteRate, user: "u", clientID: "x")?.limit == 3)
    #expect(rules.match(.producerByteRate, user: "x", clientID: "x")?.limit == 2)
  }

  @Test func `rates of connections are for addresses, and not for clients`() {
    let rules = QuotaRules([
      QuotaEntity(ip: .exactly("10.0.0.1")): ["connection_creation_rate": 5],
      QuotaEntity(ip: .byDefault): ["connection_creation_rate": 7],
    ])
    #expect(rules.connectionRates.byAddress == ["10.0.0.1": 5])
    #expect(rules.connectionRates.others == 7)
    #expect(!rules.limitsClients)
  }
}
