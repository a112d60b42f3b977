import Platform
import Testing

@testable import varve

struct ServerAddressTests {
  @Test(
    arguments: [
      ("127.0.0.1:9092", "127.0.0.1", 9092), ("broker.example", "broker.example", 9092),
      ("[::1]:19092", "::1", 19092), ("[::1]", "::1", 9092), ("::1", "::1", 9092),
    ] as [(String, String, UInt16)])
  func `hosts, ports and addresses of version 6`(text: String, host: String, port: UInt16) throws {
    #expect(try ServerAddress(text) == ServerAddress(host: host, port: port))
  }

  @Test(arguments: ["", ":9092", "host:", "host:0", "host:70000", "host:x", "http://host:9092"])
  func `what is no address is refused`(text: String) {
    #expect(throws: UsageError.self) { try ServerAddress(text) }
  }

  @Test func `a list goes by commas and is not empty`() throws {
    #expect(try ServerAddress.list("a:1,b:2").map(\.description) == ["a:1", "b:2"])
    #expect(throws: UsageError.self) { try ServerAddress.list("") }
    #expect(throws: UsageError.self) { try ServerAddress.list(",") }
  }
}
