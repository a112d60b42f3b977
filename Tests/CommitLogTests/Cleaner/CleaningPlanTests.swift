import Records
import Testing

@testable import CommitLog

struct CleaningPlanTests {
  private static let now: Int64 = 1_000_000

  /// Closed segments of 100 offsets and 1,000 bytes, and an active one; their records' timestamps
  /// go up by 100,000 a segment.
  private static let segments = (0..<4).map { index in
    CleaningPlan.Segment(
      baseOffset: Offset(Int64(index) * 100), endOffset: Offset(Int64(index) * 100 + 100),
      byteCount: 1000, firstTimestamp: Int64(index) * 100_000 + 1,
      maxTimestamp: Int64(index) * 100_000 + 50_000, isActive: index == 3)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var logStart: Int64 = 0
    var cleaned: Int64?
    var stable: Int64 = 400
    var change: @Sendable (inout CompactionConfig) -> Void = { _ in }
    let start: Int64
    let end: Int64
    let clean: Int64
    let dirty: Int64
    let isDue: Bool
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "never cleaned", start: 0, end: 300, clean: 0, dirty: 3000, isDue: true),
    Case(
      name: "half clean", cleaned: 100, start: 100, end: 300, clean: 1000, dirty: 2000,
      isDue: true),
    Case(
      name: "mostly clean", cleaned: 200, start: 200, end: 300, clean: 2000, dirty: 1000,
      isDue: false),
    Case(
      name: "mostly clean, low ratio", cleaned: 200, change: { $0.minimumDirtyRatio = 0.3 },
      start: 200, end: 300, clean: 2000, dirty: 1000, isDue: true),
    Case(
      name: "just as dirty as allowed", cleaned: 150, change: { $0.minimumDirtyRatio = 2.0 / 3 },
      start: 150, end: 300, clean: 1000, dirty: 2000, isDue: false),
    Case(
      name: "all clean", cleaned: 300, start: 300, end: 300, clean: 3000, dirty: 0, isDue: false),
    Case(
      name: "all clean, ratio 0", cleaned: 300, change: { $0.minimumDirtyRatio = 0 }, start: 300,
      end: 300, clean: 3000, dirty: 0, isDue: false),
    Case(
      name: "cleaned into the active segment", cleaned: 350, start: 350, end: 350, clean: 3000,
      dirty: 0, isDue: false),
    Case(
      name: "cleaned below the log start", logStart: 100, cleaned: 50, start: 100, end: 300,
      clean: 1000, dirty: 2000, isDue: true),
    Case(
      name: "truncated since", cleaned: 1000, start: 0, end: 300, clean: 0, dirty: 3000,
      isDue: true),
    Case(
      name: "an open transaction", stable: 250, start: 0, end: 200, clean: 0, dirty: 2000,
      isDue: true),
    Case(
      name: "an open transaction at the front", stable: 0, start: 0, end: 0, clean: 0, dirty: 0,
      isDue: false),
    Case(
      name: "young records", change: { $0.minimumLagMilliseconds = 800_000 }, start: 0, end: 200,
      clean: 0, dirty: 2000, isDue: true),
    Case(
      name: "only young records", change: { $0.minimumLagMilliseconds = 990_000 }, start: 0, end: 0,
      clean: 0, dirty: 0, isDue: false),
    Case(
      name: "overdue", cleaned: 200, change: { $0.maximumLagMilliseconds = 799_998 }, start: 200,
      end: 300, clean: 2000, dirty: 1000, isDue: true),
    Case(
      name: "not overdue", cleaned: 200, change: { $0.maximumLagMilliseconds = 799_999 },
      start: 200, end: 300, clean: 2000, dirty: 1000, isDue: false),
  ]

  @Test(arguments: cases) func `what is dirty, and whether it is worth it`(_ one: Case) {
    var config = CompactionConfig()
    one.change(&config)
    let plan = CleaningPlan(
      Self.segments, logStart: Offset(one.logStart), cleanedOffset: one.cleaned.map { Offset($0) },
      stableOffset: Offset(one.stable), config: config, now: Self.now)
    #expect(plan.start == Offset(one.start))
    #expect(plan.end == Offset(one.end))
    #expect(plan.cleanBytes == one.clean)
    #expect(plan.dirtyBytes == one.dirty)
    #expect(plan.isDue(config) == one.isDue)
  }

  struct Grouping: Sendable {
    /// Bytes and index entries of neighbouring segments of 10 offsets each.
    let segments: [(bytes: Int64, entries: Int)]
    var offsetsEach: Int64 = 10
    let groups: [Range<Int>]
  }

  @Test(arguments: [
    Grouping(segments: [], groups: []),
    Grouping(segments: [(900, 1)], groups: [0..<1]),
    Grouping(segments: [(5000, 1)], groups: [0..<1]),
    Grouping(segments: [(500, 1), (500, 1), (1, 1)], groups: [0..<2, 2..<3]),
    Grouping(segments: [(5000, 1), (10, 1), (10, 1)], groups: [0..<1, 1..<3]),
    Grouping(segments: [(10, 60), (10, 40), (10, 1)], groups: [0..<2, 2..<3]),
    Grouping(
      segments: [(10, 1), (10, 1), (10, 1)], offsetsEach: 1_000_000_000, groups: [0..<2, 2..<3]),
  ])
  func `small neighbours become one segment`(_ one: Grouping) {
    let segments = one.segments.enumerated().map { index, segment in
      SegmentGroups.Segment(
        baseOffset: Offset(Int64(index) * one.offsetsEach),
        endOffset: Offset(Int64(index + 1) * one.offsetsEach), byteCount: segment.bytes,
        offsetEntryCount: segment.entries, timeEntryCount: 0)
    }
    #expect(SegmentGroups(segmentBytes: 1000, indexBytes: 800).ranges(of: segments) == one.groups)
  }
}
