/// Decides how long to pause so that no more than so many bytes pass in a second. Pure.
///
/// It looks at windows of a few hundred milliseconds, as Kafka's throttler does, so that what was
/// not used in a quiet time does not come as a burst later.
struct ByteRate: Sendable {
  private static let windowNanoseconds: Int64 = 300_000_000

  let bytesPerSecond: Double
  private var windowStart: Int64
  private var bytes = 0.0

  init(bytesPerSecond: Double, now: Int64) {
    self.bytesPerSecond = bytesPerSecond
    windowStart = now
  }

  /// Takes bytes that have passed into account.
  ///
  /// - Parameter now: Monotonic nanoseconds.
  /// - Returns: For how many nanoseconds nothing should pass; 0 for none.
  mutating func pause(after count: Int, now: Int64) -> Int64 {
    bytes += Double(count)
    let elapsed = now - windowStart
    guard elapsed >= Self.windowNanoseconds || bytes > bytesPerSecond else { return 0 }
    let wanted = bytes / bytesPerSecond * 1e9
    let pause = wanted > Double(elapsed) ? Int64(min(wanted - Double(elapsed), 60e9)) : 0
    windowStart = now + pause
    bytes = 0
    return pause
  }
}
