/// How `RetryingStore` tries again.
package struct RetryPolicy: Sendable {
  /// Attempts of one call, the first included.
  package var maximumAttempts = 8
  /// Before retry n the wait is a random time below min(cap, base × 2ⁿ): full jitter.
  package var baseMilliseconds: Int64 = 50
  package var capMilliseconds: Int64 = 20_000
  /// Retries that all calls together may take before successes pay for more: a store that is down
  /// gets little more load than one that is up.
  package var budget = 100
  /// What a success pays back, in hundredths of a retry.
  package var successPaysHundredths = 10
  /// The longest pause between two calls that throttling may lead to.
  package var maximumPaceMilliseconds: Int64 = 1_000

  package init() {}

  /// The bound of the wait before retry `number`, counted from 0.
  func waitBound(_ number: Int) -> Int64 {
    min(capMilliseconds, baseMilliseconds << Int64(min(number, 30)))
  }
}
