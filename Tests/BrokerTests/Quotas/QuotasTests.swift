import Cluster
import KafkaProtocol
import Platform
import Testing

@testable import Broker

struct QuotasTests {
  private let clock = ManualClock()
  private let time: HandlingTime

  init() { time = HandlingTime(clock: clock) }

  private func quotas(maximum: Int = 100, _ rules: [QuotaEntity: [String: Double]]) throws
    -> Quotas
  {
    var values = ConfigSet(keys: BrokerKeys.all)
    try values.set("varve.quota.max.clients", "\(maximum)")
    let quotas = Quotas(QuotaSettings(values), clock: clock)
    quotas.change(QuotaRules(rules))
    return quotas
  }

  private let everyone = QuotaEntity(clientID: .byDefault)

  @Test func `clients of one id share a meter, others have their own`() throws {
    let quotas = try quotas([everyone: ["producer_byte_rate": 10]])
    let a = try #require(quotas.client("a", handlingTime: time).produce)
    let again = try #require(quotas.client("a", handlingTime: time).produce)
    let b = try #require(quotas.client("b", handlingTime: time).produce)
    #expect(a.meter === again.meter)
    #expect(a.meter !== b.meter)
    #expect(quotas.client("a", handlingTime: time).fetch == nil)
  }

  @Test func `above the limit made-up names share one meter`() throws {
    let quotas = try quotas(maximum: 3, [everyone: ["producer_byte_rate": 10]])
    let meters = try (0..<50).map { number in
      try #require(quotas.client(WireString("c\(number)"), handlingTime: time).produce).meter
    }
    #expect(quotas.meterCount == 4)
    #expect(meters[10] === meters[49])
    #expect(meters[0] !== meters[1])
  }

  @Test func `what measures nothing any more is forgotten, and connections notice`() throws {
    let quotas = try quotas([
      everyone: ["producer_byte_rate": 10, "controller_mutation_rate": 1]
    ])
    let before = quotas.version
    let client = quotas.client("a", handlingTime: time)
    let produce = try #require(client.produce)
    _ = produce.meter.record(50, limit: 10, at: clock.monotonicNanoseconds())
    quotas.expire()
    // The bucket is full; the rate still counts.
    #expect(quotas.meterCount == 1)
    #expect(quotas.client("a", handlingTime: time).produce?.meter === produce.meter)
    clock.advance(milliseconds: 20_000)
    quotas.expire()
    #expect(quotas.meterCount == 0)
    #expect(quotas.version > before)
  }

  @Test func `a changed limit applies to what was used before`() throws {
    let quotas = try quotas([everyone: ["producer_byte_rate": 1000]])
    let now = clock.monotonicNanoseconds()
    let produce = try #require(quotas.client("a", handlingTime: time).produce)
    #expect(produce.meter.record(2000, limit: produce.limit, at: now) == 0)
    quotas.change(QuotaRules([everyone: ["producer_byte_rate": 100]]))
    let changed = try #require(quotas.client("a", handlingTime: time).produce)
    #expect(changed.meter.excessMilliseconds(over: changed.limit, at: now) == 10_000)
    quotas.change(QuotaRules([:]))
    #expect(!quotas.isActive)
  }

  @Test func `time of handling counts until the answer, and the wait is one window at most`()
    throws
  {
    let quotas = try quotas([everyone: ["request_percentage": 1]])
    let client = quotas.client("a", handlingTime: time)
    time.begin(client)
    clock.advance(milliseconds: 110)
    time.charge()
    // 110 ms are one percent of eleven seconds, of which 10.11 have passed.
    #expect(client.requestDelay() == 890)
    clock.advance(milliseconds: 5_000)
    time.end()
    #expect(client.requestDelay() == 1_000)
    // What passes between requests counts for nobody.
    clock.advance(milliseconds: 5_000)
    time.charge()
    clock.advance(milliseconds: 12_000)
    #expect(client.requestDelay() == 0)
  }
}
