import Testing

@testable import Net

struct HostRatesTests {
  private static let second: Int64 = 1_000_000_000
  private var configuration: NetConfiguration {
    var configuration = NetConfiguration()
    configuration.rateWindows = 11
    return configuration
  }

  @Test func `an address waits until its rate is within the limit, others do not`() {
    var rates = HostRates()
    rates.set(["10.0.0.1": 2], others: nil)
    // Ten seconds have room for 20; the next one waits for half a second's worth.
    let waits = (0..<23).map { _ in rates.count("10.0.0.1", at: 100 * Self.second, configuration) }
    #expect(waits == Array(repeating: nil, count: 20) + [500, 500, 500])
    let other = rates.count("10.0.0.2", at: 100 * Self.second, configuration)
    #expect(other == nil)
    let later = rates.count("10.0.0.1", at: 100 * Self.second + Self.second / 2, configuration)
    #expect(later == nil)
  }

  @Test func `every other address has the default for itself`() {
    var rates = HostRates()
    rates.set(["10.0.0.1": 100], others: 1)
    func wait(_ host: String) -> Int64? { rates.count(host, at: 100 * Self.second, configuration) }
    for host in ["a", "b"] {
      let waits = (0..<11).map { _ in wait(host) }
      #expect(waits == Array(repeating: nil, count: 10) + [1000])
    }
    let named = (0..<11).map { _ in wait("10.0.0.1") }
    #expect(named == Array(repeating: nil, count: 11))
    rates.set([:], others: nil)
    let free = wait("a")
    #expect(free == nil)
  }
}
