/// How fast something goes, over the last few windows of time: how Kafka measures what a quota
/// limits (`quota.window.num` windows of `quota.window.size.seconds` each).
///
/// Windows begin at multiples of their length on the monotonic clock, and the unfinished one counts
/// by how much of it has passed. A client that was quiet is measured over nearly the whole span, so
/// it may have a burst of what it could have had since.
package struct WindowedRate: Sendable {
  private let windowNanoseconds: Int64
  /// What was counted in each window, by the window's number modulo their count.
  private var sums: [Double]
  /// The number of the newest window that something was counted in.
  private var newest: Int64 = 0

  package init(windows: Int, windowNanoseconds: Int64) {
    precondition(windows > 0 && windowNanoseconds > 0, "a rate needs a window")
    self.windowNanoseconds = windowNanoseconds
    sums = [Double](repeating: 0, count: windows)
  }

  /// Counts `amount`; a negative one takes back what was counted at about the same time.
  package mutating func add(_ amount: Double, at now: Int64) {
    advance(to: now)
    sums[slot(newest)] += amount
  }

  /// What went by in a second, on average over the span.
  package mutating func perSecond(at now: Int64) -> Double {
    advance(to: now)
    return sums.reduce(0, +) * 1e9 / span(at: now)
  }

  /// How long nothing must come so that the rate falls to `limit` a second; 0 when it is not above.
  ///
  /// With the rate R over the span S that is (R − limit) / limit × S, since then R × S / (S + wait)
  /// is the limit.
  package mutating func excessMilliseconds(over limit: Double, at now: Int64) -> Int64 {
    let rate = perSecond(at: now)
    guard rate > limit else { return 0 }
    return Int64((min((rate - limit) / limit, 1e6) * span(at: now) / 1e6).rounded())
  }

  /// Whether nothing of what was counted still matters.
  package mutating func isEmpty(at now: Int64) -> Bool {
    advance(to: now)
    return sums.allSatisfy { $0 == 0 }
  }

  private func slot(_ window: Int64) -> Int { Int(window % Int64(sums.count)) }

  private func span(at now: Int64) -> Double {
    let whole = Int64(sums.count - 1) * windowNanoseconds
    return Double(max(whole + now % windowNanoseconds, windowNanoseconds))
  }

  /// Empties the windows that began since the newest one. Threads read the clock at slightly
  /// different times, so `now` may lie before it.
  private mutating func advance(to now: Int64) {
    let window = now / windowNanoseconds
    guard window > newest else { return }
    let oldest = max(newest + 1, window - Int64(sums.count) + 1)
    for passed in oldest...window { sums[slot(passed)] = 0 }
    newest = window
  }
}
