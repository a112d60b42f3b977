import KafkaProtocol
import Records
import Testing

@testable import Broker

struct TelemetryInstanceTests {
  /// What a client does, at which second. Its interval is 10 s, 100 bytes are allowed.
  enum Step {
    case get(Int64, ErrorCode)
    case push(
      Int64, ErrorCode, subscription: Int32 = 0, last: Bool = false, codec: Int8 = 4,
      bytes: Int = 100)
  }

  @Test(
    arguments: [
      // The first push may come at once, the next one an interval later.
      [.get(0, .none), .push(0, .none), .push(9, .throttlingQuotaExceeded), .push(10, .none)],
      // Asking too, and a refused request does not move the time.
      [.get(0, .none), .get(5, .throttlingQuotaExceeded), .get(10, .none), .push(11, .none)],
      [.push(0, .none), .get(5, .throttlingQuotaExceeded), .get(10, .none)],
      // Who follows an old subscription is told, and may ask at once.
      [
        .get(0, .none), .push(1, .unknownSubscriptionID, subscription: 1), .get(1, .none),
        .push(1, .none),
      ],
      [.get(0, .none), .push(1, .unsupportedCompressionType, codec: 5), .get(1, .none)],
      [.get(0, .none), .push(1, .none, codec: 0), .push(11, .none, codec: 1)],
      [.get(0, .none), .push(1, .telemetryTooLarge, bytes: 101), .push(11, .none)],
      // The last push may come early; after it there is none.
      [
        .get(0, .none), .push(1, .none), .push(2, .none, last: true), .push(20, .invalidRequest),
      ],
    ] as [[Step]])
  func `a client may ask and push once per interval`(steps: [Step]) {
    let subscription = TelemetrySubscription(["metrics": "*", "interval.ms": "10000"])
    let plan = TelemetryPlan([subscription], of: TopicID(high: 1, low: 2))
    var machine = TelemetryInstance(plan: plan)
    for (index, step) in steps.enumerated() {
      switch step {
      case .get(let second, let code):
        let answer = machine.get(at: second * 1000)
        #expect(answer == code, "step \(index)")
      case .push(let second, let code, let subscription, let last, let codec, let bytes):
        let push = TelemetryInstance.Push(
          subscriptionID: plan.subscriptionID ^ subscription, isTerminating: last,
          compressionType: codec, byteCount: bytes)
        let answer = machine.push(push, maximumBytes: 100, at: second * 1000)
        #expect(answer == code, "step \(index)")
      }
    }
  }
}
