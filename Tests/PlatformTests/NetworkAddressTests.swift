import Testing

@testable import Platform

struct NetworkAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("::ffff:10.1.2.3", "10.1.2.3"), ("::1", "::1"),
    ("2001:DB8:0:0::7", "2001:db8::7"), ("127.1", nil), ("localhost", nil), ("", nil),
    ("1.2.3.4 ", nil),
  ])
  func `an address has one form`(text: String, form: String?) {
    #expect(canonicalAddress(text) == form)
  }

  @Test func `names resolve and addresses stand for themselves`() {
    #expect(resolvedAddresses("localhost").contains("127.0.0.1"))
    #expect(resolvedAddresses("[::1]") == ["::1"])
    #expect(resolvedAddresses("no-such-host.invalid") == [])
  }
}
