/// Tokens that come back with time, up to a burst: how Kafka limits changes of metadata, which come
/// rarely and in lumps (KIP-599).
///
/// Whoever finds tokens may take more than there are; the debt is what others then wait for.
struct TokenBucket: Sendable {
  /// The burst, in seconds of the limit: all windows of the quota.
  private let burstSeconds: Double
  /// Nil while it is full.
  private var rest: Double?
  private var lastRefill: Int64 = 0

  init(burstSeconds: Double) { self.burstSeconds = burstSeconds }

  /// The tokens at `now`, with `limit` new ones a second.
  mutating func tokens(limit: Double, at now: Int64) -> Double {
    let burst = burstSeconds * limit
    guard let left = rest else { return burst }
    let grown = left + Double(max(0, now - lastRefill)) / 1e9 * limit
    rest = grown >= burst ? nil : grown
    lastRefill = max(lastRefill, now)
    return min(grown, burst)
  }

  /// Whether there are as many as there can be.
  mutating func isFull(limit: Double, at now: Int64) -> Bool {
    tokens(limit: limit, at: now) >= burstSeconds * limit
  }

  mutating func take(_ count: Double, limit: Double, at now: Int64) {
    rest = tokens(limit: limit, at: now) - count
    lastRefill = max(lastRefill, now)
  }

  /// How long until the debt is paid; 0 without debt.
  mutating func debtMilliseconds(limit: Double, at now: Int64) -> Int64 {
    let left = tokens(limit: limit, at: now)
    return left < 0 ? Int64(min(-left / limit * 1000, 1e12).rounded(.up)) : 0
  }
}
