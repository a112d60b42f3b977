import Testing

@testable import ObjectStore

struct RetryThrottleTests {
  @Test func `calls start at once until the store complains`() {
    var throttle = RetryThrottle(RetryPolicy())
    for _ in 0..<10 { #expect(throttle.start(now: 5) == 0) }
    throttle.throttled(now: 1_000_000_000)
    let waits = (0..<3).map { _ in throttle.start(now: 1_000_000_000) }
    #expect(waits == [4, 8, 12])
  }

  @Test func `each complaint halves the pace down to a limit, successes bring it back`() {
    var throttle = RetryThrottle(RetryPolicy())
    for _ in 0..<30 { throttle.throttled(now: 0) }
    #expect(throttle.pace == 1_000_000_000)
    var successes = 0
    while throttle.pace > 0 {
      throttle.succeeded()
      successes += 1
    }
    #expect((50...100).contains(successes))
    #expect(throttle.start(now: 0) == 0)
  }

  @Test func `the budget runs out and successes pay for more`() {
    var policy = RetryPolicy()
    policy.budget = 3
    policy.successPaysHundredths = 50
    var throttle = RetryThrottle(policy)
    #expect((0..<5).map { _ in throttle.takeRetry() } == [true, true, true, false, false])
    throttle.succeeded()
    #expect(throttle.takeRetry() == false)
    throttle.succeeded()
    #expect(throttle.takeRetry() == true)
    for _ in 0..<100 { throttle.succeeded() }
    #expect(throttle.budgetHundredths == 300)
  }

  @Test func `the wait bound doubles up to the cap`() {
    let policy = RetryPolicy()
    let bounds = [0, 1, 2, 8, 9, 30, 1_000].map(policy.waitBound)
    #expect(bounds == [50, 100, 200, 12_800, 20_000, 20_000, 20_000])
  }
}
