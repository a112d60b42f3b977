import Testing

@testable import Platform

struct WindowedRateTests {
  private static let second: Int64 = 1_000_000_000

  /// Amounts counted at seconds, the time of the question, and the wait for a limit of 100 a second
  /// over 11 windows of a second.
  @Test(arguments: [
    // Nothing, and exactly what 10 seconds allow.
    ([], 0.0, 0),
    ([(0.0, 1000.0)], 0.0, 0),
    // One above: a hundredth of a second for each.
    ([(0.0, 1001.0)], 0.0, 10),
    ([(0.0, 2000.0)], 0.0, 10_000),
    // The running window counts by what has passed of it.
    ([(0.0, 2000.0)], 0.5, 9_500),
    ([(0.0, 2000.0)], 9.75, 9_250),
    // Eleven windows later the first is forgotten.
    ([(0.0, 2000.0)], 10.9, 9_100),
    ([(0.0, 2000.0)], 11.0, 0),
    ([(0.0, 500.0), (5.0, 500.0), (11.0, 600.0)], 11.0, 1_000),
    // What was taken back does not count.
    ([(0.0, 2000.0), (0.0, -1500.0)], 0.0, 0),
  ])
  func `the wait is what brings the rate down to the limit`(
    counted: [(Double, Double)], at: Double, wait: Int
  ) {
    var rate = WindowedRate(windows: 11, windowNanoseconds: Self.second)
    let start = 1000 * Self.second
    for (seconds, amount) in counted { rate.add(amount, at: start + Int64(seconds * 1e9)) }
    let excess = rate.excessMilliseconds(over: 100, at: start + Int64(at * 1e9))
    #expect(excess == Int64(wait))
  }

  @Test func `whoever waits as told stays at the limit`() {
    var rate = WindowedRate(windows: 11, windowNanoseconds: Self.second)
    var now = 77 * Self.second + 123_456_789
    let start = now
    var total = 0.0
    while now < start + 60 * Self.second {
      rate.add(700, at: now)
      total += 700
      now += rate.excessMilliseconds(over: 1000, at: now) * 1_000_000 + 1_000_000
    }
    // The first ten seconds may bring their whole allowance at once.
    #expect(total <= 1000 * 71)
    #expect(total >= 1000 * 57)
  }

  @Test func `a clock that is read late changes nothing, and old windows leave nothing behind`() {
    var rate = WindowedRate(windows: 2, windowNanoseconds: Self.second)
    rate.add(5, at: 10 * Self.second)
    rate.add(5, at: 9 * Self.second + 999_999_999)
    let speed = rate.perSecond(at: 10 * Self.second)
    #expect(speed == 10)
    let isEmpty = [11, 12].map { rate.isEmpty(at: $0 * Self.second) }
    #expect(isEmpty == [false, true])
    rate.add(1, at: 1_000_000 * Self.second)
    let later = rate.perSecond(at: 1_000_000 * Self.second)
    #expect(later == 1)
  }

  @Test func `one window measures at least over its length`() {
    var rate = WindowedRate(windows: 1, windowNanoseconds: Self.second)
    rate.add(50, at: 5 * Self.second + 1)
    let speed = rate.perSecond(at: 5 * Self.second + 2)
    #expect(speed == 50)
  }
}
