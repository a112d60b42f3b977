import Records
import Testing

@testable import Tiering

struct RetentionPlanTests {
  private func segment(_ end: Int64, _ bytes: Int64, _ time: Int64, active: Bool = false)
    -> LocalRetentionPlan.Segment
  {
    .init(endOffset: Offset(end), byteCount: bytes, maxTimestamp: time, isActive: active)
  }

  private func plan(_ milliseconds: Int64, _ bytes: Int64) -> LocalRetentionPlan {
    LocalRetentionPlan(
      segments: [
        segment(10, 100, 1000), segment(20, 100, 2000), segment(30, 50, 3000, active: true),
      ],
      retentionMilliseconds: milliseconds, retentionBytes: bytes)
  }

  @Test func `nothing that has not settled is deleted, whatever retention says`() {
    #expect(plan(0, 0).outcome(now: 99_999, limit: Offset(9)).deleteBelow == nil)
    #expect(plan(0, 0).outcome(now: 99_999, limit: Offset(10)).deleteBelow == Offset(10))
    #expect(plan(0, 0).outcome(now: 99_999, limit: Offset(19)).deleteBelow == Offset(10))
  }

  @Test func `old segments go, and the active one is closed to go`() {
    let old = plan(500, -1).outcome(now: 2600, limit: Offset(30))
    #expect(old == .init(deleteBelow: Offset(20), closesActive: false))
    let all = plan(500, -1).outcome(now: 3600, limit: Offset(30))
    #expect(all == .init(deleteBelow: Offset(30), closesActive: true))
  }

  @Test func `by size, what stays still reaches the limit`() {
    #expect(plan(-1, 250).outcome(now: 0, limit: Offset(30)).deleteBelow == nil)
    #expect(plan(-1, 150).outcome(now: 0, limit: Offset(30)).deleteBelow == Offset(10))
    #expect(plan(-1, 50).outcome(now: 0, limit: Offset(30)).deleteBelow == Offset(20))
    #expect(plan(-1, -1).outcome(now: 0, limit: Offset(30)).deleteBelow == nil)
  }

  @Test(
    arguments: [
      (0, 100, 10, nil), (50, 100, 10, 50), (100, 100, 10, 100), (100, 70, 10, 70),
      (0, 100, 200, 100),
    ] as [(Int64, Int64, Int64, Int64?)])
  func `closed segments settle whole, an active one only when it is old`(
    closed: Int64, stable: Int64, age: Int64, expected: Int64?
  ) {
    var segments: [SettlePlan.Segment] = []
    if closed > 0 {
      segments.append(
        .init(endOffset: Offset(closed), isActive: false, firstAppendMilliseconds: 0))
    }
    segments.append(
      .init(endOffset: Offset(100), isActive: closed < 100, firstAppendMilliseconds: 1000))
    let plan = SettlePlan(
      settled: Offset(0), stable: Offset(stable), segments: segments, maxLagMilliseconds: 100)
    #expect(plan.end(now: 1000 + age)?.rawValue == expected)
  }

  @Test func `what settled lately from an active segment waits again`() {
    var plan = SettlePlan(
      settled: Offset(5), stable: Offset(9),
      segments: [.init(endOffset: Offset(9), isActive: true, firstAppendMilliseconds: 0)],
      maxLagMilliseconds: 100)
    plan.lastSettledMilliseconds = 1000
    #expect(plan.end(now: 1099) == nil)
    #expect(plan.end(now: 1100) == Offset(9))
  }

  @Test func `a clock that is set back holds nothing up`() {
    var plan = SettlePlan(
      settled: Offset(5), stable: Offset(9),
      segments: [.init(endOffset: Offset(9), isActive: true, firstAppendMilliseconds: 5000)],
      maxLagMilliseconds: 100)
    #expect(plan.end(now: 5050) == nil)
    #expect(plan.end(now: 4000) == Offset(9))
    plan.lastSettledMilliseconds = 6000
    #expect(plan.end(now: 5500) == Offset(9))
  }

  @Test(
    arguments: [
      // Log start, stable end, and what settles of a young active segment with records up to 9.
      (5, 9, nil), (7, 9, 7), (9, 9, 9), (9, 8, 8),
    ] as [(Int64, Int64, Int64?)])
  func `what nobody can ask for settles at once`(start: Int64, stable: Int64, expected: Int64?) {
    var plan = SettlePlan(
      settled: Offset(5), stable: Offset(stable),
      segments: [.init(endOffset: Offset(9), isActive: true, firstAppendMilliseconds: 1000)],
      maxLagMilliseconds: 100)
    plan.logStart = Offset(start)
    #expect(plan.outcome(now: 1000) == expected.map { .init(end: Offset($0), byteCount: 0) })
  }

  @Test func `a long backlog settles in steps of whole segments`() {
    var plan = SettlePlan(
      settled: Offset(5), stable: Offset(100),
      segments: [10, 20, 30, 40].map {
        .init(
          endOffset: Offset($0), isActive: $0 == 40, byteCount: 100, firstAppendMilliseconds: 0)
      },
      maxLagMilliseconds: 0)
    #expect(
      plan.outcome(now: 1) == .init(end: Offset(40), byteCount: 400, isCut: false))
    plan.byteLimit = 250
    #expect(plan.outcome(now: 1) == .init(end: Offset(20), byteCount: 200, isCut: true))
    // A segment settles even if it is larger.
    plan.byteLimit = 10
    #expect(plan.outcome(now: 1) == .init(end: Offset(10), byteCount: 100, isCut: true))
  }
}
