import KafkaProtocol
import Testing

@testable import Cluster

struct QuotaCommandsTests {
  typealias Part = (type: String, name: String?)

  @Test(arguments: [
    ([], "Invalid empty client quota entity"),
    ([("group", "x")], "Unhandled client quota entity type: group"),
    ([("user", "a"), ("user", "b")], "Entity type user cannot appear more than once"),
    ([("user", "")], "Empty user not supported"),
    ([("ip", "10.0.0.1"), ("user", "a")], "Invalid quota entity combination"),
    ([("ip", "example.com")], "example.com is not a valid IP address"),
  ])
  func `an entity that makes no sense is refused`(parts: [Part], message: String) {
    let error = #expect(throws: Refusal.self) { try QuotaCommands.entity(parts) }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains(message) == true)
  }

  @Test(arguments: [
    ("user", "consumer_byte_rate", 0.0, "must be greater than 0"),
    ("user", "request_percentage", -1.0, "must be greater than 0"),
    ("user", "request_percentage", Double.nan, "must be greater than 0"),
    ("client-id", "producer_byte_rate", 1.5, "must be a whole number"),
    ("client-id", "connection_creation_rate", 5.0, "Invalid configuration key"),
    ("ip", "producer_byte_rate", 5.0, "Invalid configuration key"),
    ("ip", "connection_creation_rate", 3e9, "must be a whole number"),
    ("user", "byte_rate", 5.0, "Invalid configuration key byte_rate"),
  ])
  func `a quota that makes no sense is refused`(
    type: String, key: String, value: Double, message: String
  ) {
    let error = #expect(throws: Refusal.self) {
      try QuotaCommands.alter(
        [(type, nil)], [QuotaCommands.Change(key: key, value: value)], in: ClusterImage())
    }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func `quotas are set, changed and removed by replaying records`() throws {
    var image = ClusterImage()
    func alter(_ parts: [Part], _ key: String, _ value: Double?) throws -> [MetadataRecord] {
      let records = try QuotaCommands.alter(
        parts, [QuotaCommands.Change(key: key, value: value)], in: image)
      for record in records { image.replay(record) }
      return records
    }
    #expect(try alter([("client-id", "a")], "request_percentage", 12.5).count == 1)
    #expect(try alter([("client-id", "a")], "request_percentage", 12.5).isEmpty)
    #expect(try alter([("client-id", nil), ("user", nil)], "producer_byte_rate", 10).count == 1)
    #expect(try alter([("ip", "::ffff:10.0.0.1")], "connection_creation_rate", 3).count == 1)
    #expect(
      image.quotas == [
        QuotaEntity(clientID: .exactly("a")): ["request_percentage": 12.5],
        QuotaEntity(user: .byDefault, clientID: .byDefault): ["producer_byte_rate": 10],
        QuotaEntity(ip: .exactly("10.0.0.1")): ["connection_creation_rate": 3],
      ])
    var again = ClusterImage()
    for record in image.records(leader: 1) { again.replay(record) }
    #expect(again.quotas == image.quotas)
    #expect(try alter([("client-id", "a")], "request_percentage", nil).count == 1)
    #expect(try alter([("client-id", "a")], "request_percentage", nil).isEmpty)
    #expect(image.quotas.count == 2)
  }
}
