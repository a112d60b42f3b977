import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

struct ClientTelemetryTests {
  private let clock = ManualClock()
  private let java = TelemetrySubscription.Client(
    clientID: "orders-7", softwareName: "apache-kafka-java", softwareVersion: "4.1.0",
    address: "10.0.0.5", port: 4000)

  private func telemetry(maximum: Int = 10) -> ClientTelemetry {
    ClientTelemetry(maximumBytes: 1000, maximumInstances: maximum, clock: clock)
  }

  private func id(_ number: UInt64) -> TopicID { TopicID(high: 7, low: number) }

  @Test func `without subscriptions there is nothing to push, and no hurry to ask again`() {
    let (code, plan) = telemetry().get(id(1), java)
    #expect(code == .none)
    #expect(plan.metrics == [])
    #expect(plan.pushIntervalMilliseconds == 300_000)
  }

  @Test(arguments: [
    ("", true), ("client_id=orders-.*", true), ("client_id=orders", false),
    ("client_id=orders-7, client_source_address=10\\.0\\.0\\.5", true),
    ("client_id=orders-7,client_source_address=10.0.0.6", false),
    ("client_software_name=apache-kafka-java,client_software_version=4\\..*", true),
    ("client_source_port=4000", true), ("client_instance_id=.*", true),
    ("client_color=.*", false), ("client_id=(", false), ("client_id", false),
  ])
  func `a subscription is for clients of which every pattern matches a whole fact`(
    match: String, isMatch: Bool
  ) {
    let telemetry = telemetry()
    telemetry.subscribe([["metrics": "a.", "interval.ms": "5000", "match": match]])
    #expect(telemetry.get(id(1), java).plan.metrics == (isMatch ? ["a."] : []))
  }

  @Test func `several subscriptions join, at the shortest interval`() {
    let telemetry = telemetry()
    telemetry.subscribe([
      ["metrics": "b,a", "interval.ms": "5000"], ["metrics": "a, c", "interval.ms": "100"],
    ])
    let plan = telemetry.get(id(1), java).plan
    #expect(plan.metrics == ["a", "b", "c"])
    #expect(plan.pushIntervalMilliseconds == 100)
    telemetry.subscribe([["metrics": "b,a"], ["metrics": "*"]])
    #expect(telemetry.get(id(1), java).plan.metrics == ["*"])
  }

  @Test func `changed subscriptions change the id that a push must name`() {
    let telemetry = telemetry()
    telemetry.subscribe([["metrics": "a", "interval.ms": "1000"]])
    let old = telemetry.get(id(1), java).plan
    func push(_ plan: TelemetryPlan) -> ErrorCode {
      let push = TelemetryInstance.Push(
        subscriptionID: plan.subscriptionID, isTerminating: false, compressionType: 0,
        byteCount: 10)
      return telemetry.push(id(1), push, java)
    }
    #expect(push(old) == .none)
    telemetry.subscribe([["metrics": "b", "interval.ms": "1000"]])
    #expect(push(old) == .unknownSubscriptionID)
    let (code, plan) = telemetry.get(id(1), java)
    #expect(code == .none)
    #expect(push(plan) == .none)
    #expect(telemetry.pushes.current == 2)
    #expect(telemetry.pushedBytes.current == 20)
  }

  @Test func `a bounded number of clients is remembered, and the forgotten go on as before`() {
    let telemetry = telemetry(maximum: 3)
    let plans = (0..<50).map { telemetry.get(id($0), java).plan }
    #expect(telemetry.instanceCount == 3)
    #expect(Set(plans.map(\.subscriptionID)).count == 50)
    // The newest is known and must wait; the first was forgotten and gets the same plan.
    #expect(telemetry.get(id(49), java).code == .throttlingQuotaExceeded)
    #expect(telemetry.get(id(0), java) == (.none, plans[0]))
  }
}
