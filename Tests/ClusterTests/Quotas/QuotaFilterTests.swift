import KafkaProtocol
import Testing

@testable import Cluster

struct QuotaFilterTests {
  private static let entities = [
    QuotaEntity(user: .exactly("u")),
    QuotaEntity(user: .byDefault),
    QuotaEntity(user: .exactly("u"), clientID: .exactly("c")),
    QuotaEntity(user: .exactly("u"), clientID: .byDefault),
    QuotaEntity(clientID: .exactly("c")),
    QuotaEntity(ip: .exactly("10.0.0.1")),
  ]

  typealias Component = (type: String, matchType: Int8, match: String?)

  /// Conditions, strictness, and which of the entities above match.
  @Test(
    arguments: [
      ([], false, [0, 1, 2, 3, 4, 5]),
      ([], true, []),
      ([("user", 0, "u")], false, [0, 2, 3]),
      ([("user", 0, "u")], true, [0]),
      ([("user", 1, nil)], false, [1]),
      ([("user", 2, nil)], false, [0, 1, 2, 3]),
      ([("user", 2, nil)], true, [0, 1]),
      ([("user", 2, nil), ("client-id", 1, nil)], true, [3]),
      ([("client-id", 0, "c")], false, [2, 4]),
      ([("ip", 2, nil)], true, [5]),
    ] as [([Component], Bool, [Int])])
  func `an entity matches by name, as the default or at all`(
    components: [Component], isStrict: Bool, found: [Int]
  ) throws {
    var filter = QuotaFilter(strict: isStrict)
    for (type, matchType, match) in components {
      try filter.add(type: type, matchType: matchType, match: match)
    }
    #expect(Self.entities.indices.filter { filter.includes(Self.entities[$0]) } == found)
  }

  @Test(
    arguments: [
      ([("", 0, "x")], ErrorCode.invalidRequest),
      ([("group", 0, "x")], .unsupportedVersion),
      ([("user", 0, nil)], .invalidRequest),
      ([("user", 1, "x")], .invalidRequest),
      ([("user", 2, "x")], .invalidRequest),
      ([("user", 3, nil)], .invalidRequest),
      ([("user", 0, "x"), ("user", 1, nil)], .invalidRequest),
      ([("user", 0, "x"), ("ip", 1, nil)], .invalidRequest),
    ] as [([Component], ErrorCode)])
  func `a condition that makes no sense is refused`(components: [Component], code: ErrorCode) {
    let error = #expect(throws: Refusal.self) {
      var filter = QuotaFilter(strict: false)
      for (type, matchType, match) in components {
        try filter.add(type: type, matchType: matchType, match: match)
      }
    }
    #expect(error?.code == code)
  }
}
