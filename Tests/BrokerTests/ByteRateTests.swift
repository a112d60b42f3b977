import Testing

@testable import Broker

struct ByteRateTests {
  private static let second: Int64 = 1_000_000_000

  /// The pauses, in milliseconds, after so many bytes at such a time (in milliseconds).
  private func pauses(
    _ bytesPerSecond: Double, _ steps: [(bytes: Int, at: Int64)]
  ) -> [Int64] {
    var rate = ByteRate(bytesPerSecond: bytesPerSecond, now: 0)
    return steps.map { rate.pause(after: $0.bytes, now: $0.at * 1_000_000) / 1_000_000 }
  }

  @Test func `nothing waits while the rate is kept`() {
    #expect(pauses(1000, [(100, 100), (200, 300), (1000, 1300)]) == [0, 0, 0])
  }

  @Test func `what comes too fast waits as long as it should have taken`() {
    #expect(pauses(1000, [(3000, 1000), (500, 3000), (600, 3000)]) == [2000, 0, 1100])
  }

  @Test func `a quiet time saves nothing up`() {
    #expect(pauses(1000, [(1, 100_000), (5000, 100_000)]) == [0, 5000])
  }

  @Test func `over any time no more passes than the rate, but for one window`() {
    var rate = ByteRate(bytesPerSecond: 10_000, now: 0)
    var now: Int64 = 0
    for _ in 0..<1000 {
      now += 1_000_000
      now += rate.pause(after: 777, now: now)
    }
    #expect(777 * 1000 <= Int(now / 1_000_000) * 10 + 10_000)
  }

  @Test func `an unlimited rate never waits`() {
    #expect(pauses(.greatestFiniteMagnitude, [(.max, 1), (.max, 1000)]) == [0, 0])
  }
}
