import Testing

@testable import Broker

struct TokenBucketTests {
  private static let second: Int64 = 1_000_000_000

  /// What is taken at which second, from a bucket of 11 seconds at 2 a second, and the debt at the
  /// end of the list, in milliseconds.
  @Test(arguments: [
    ([], 0.0, 0),
    ([(0.0, 22.0)], 0.0, 0),
    ([(0.0, 23.0)], 0.0, 500),
    ([(0.0, 40.0)], 0.0, 9_000),
    ([(0.0, 40.0)], 4.0, 5_000),
    ([(0.0, 40.0)], 9.0, 0),
    // A full bucket does not grow.
    ([(100.0, 30.0)], 100.0, 4_000),
    ([(0.0, 10.0), (1.0, 16.0)], 1.0, 1_000),
  ])
  func `tokens come back with time, up to the burst`(
    taken: [(Double, Double)], at: Double, debt: Int
  ) {
    var bucket = TokenBucket(burstSeconds: 11)
    for (seconds, count) in taken { bucket.take(count, limit: 2, at: Int64(seconds * 1e9)) }
    let left = bucket.debtMilliseconds(limit: 2, at: Int64(at * 1e9))
    #expect(left == Int64(debt))
  }

  @Test func `a bucket is full before its first use and when all has come back`() {
    var bucket = TokenBucket(burstSeconds: 10)
    let before = bucket.isFull(limit: 1, at: 0)
    #expect(before)
    bucket.take(3, limit: 1, at: 0)
    let isFull = [2, 3].map { bucket.isFull(limit: 1, at: $0 * Self.second) }
    #expect(isFull == [false, true])
  }

  @Test func `with a debt a strict taker is refused and an older client only told to wait`() {
    let meter = MutationMeter(TokenBucket(burstSeconds: 10))
    #expect(meter.take(15, limit: 1, strict: true, at: 0) == nil)
    #expect(meter.take(1, limit: 1, strict: true, at: 0) == 5_000)
    #expect(meter.take(1, limit: 1, strict: false, at: 0) == nil)
    #expect(meter.debtMilliseconds(limit: 1, at: 0) == 6_000)
    #expect(meter.take(1, limit: 1, strict: true, at: 6 * Self.second) == nil)
  }
}
