/// What one client knows of its store's mood: how many retries are left, and at which pace calls
/// may start. Pure: time comes in as an argument.
struct RetryThrottle {
  private let policy: RetryPolicy
  /// Hundredths of a retry.
  private(set) var budgetHundredths: Int
  /// Nanoseconds between the starts of two calls; 0 while the store has not complained.
  private(set) var pace: Int64 = 0
  private var nextStart: Int64 = 0

  private static let firstPace: Int64 = 4_000_000
  private static let leastPace: Int64 = 500_000

  init(_ policy: RetryPolicy) {
    self.policy = policy
    budgetHundredths = policy.budget * 100
  }

  /// Reserves the start of a call; answers how many milliseconds to wait for it.
  mutating func start(now: Int64) -> Int64 {
    guard pace > 0 else { return 0 }
    let at = max(now, nextStart)
    nextStart = at + pace
    return (at - now + 999_999) / 1_000_000
  }

  /// A call succeeded: pays into the budget, and quickens the pace.
  mutating func succeeded() {
    budgetHundredths = min(policy.budget * 100, budgetHundredths + policy.successPaysHundredths)
    if pace > 0 {
      pace = pace * 9 / 10
      if pace < Self.leastPace { pace = 0 }
    }
  }

  /// The store asked for less: halves the pace.
  mutating func throttled(now: Int64) {
    pace = min(policy.maximumPaceMilliseconds * 1_000_000, max(Self.firstPace, pace * 2))
    nextStart = max(nextStart, now + pace)
  }

  /// Takes one retry out of the budget; false when there is none.
  mutating func takeRetry() -> Bool {
    guard budgetHundredths >= 100 else { return false }
    budgetHundredths -= 100
    return true
  }
}
