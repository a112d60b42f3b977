import ObjectStore
import Platform
import Records
import Synchronization
import Testing

@testable import Lake

/// Crashes before and after every effect of a life of a table: create, settle, merge, log start,
/// removal, expiry, clean-up. After recovery the table must hold each range exactly once, and
/// nothing may be left lying about.
struct CommitCrashTests {
  /// What a broker keeps on its own disk: the commit under way, durable.
  private final class Intent: Sendable {
    struct Note: Sendable {
      var step: Int
      var commitID: CommitID
      var dataFileKeys: [String]
      var attempt: CommitAttempt?
    }

    private let note = Mutex<Note?>(nil)
    private let done = Mutex(0)

    var current: Note? { note.withLock { $0 } }
    /// Steps that are over.
    var stepsDone: Int { done.withLock { $0 } }

    func begin(_ step: Int, _ commitID: CommitID, _ keys: [String], _ plan: CrashPlan) throws {
      try effect("intent", plan) {
        note.withLock { $0 = Note(step: step, commitID: commitID, dataFileKeys: keys) }
      }
    }

    func attempt(_ attempt: CommitAttempt, _ plan: CrashPlan) throws {
      try effect("attempt", plan) { note.withLock { $0?.attempt = attempt } }
    }

    /// One atomic write: the intent is gone, and its step is over or not.
    func end(isDone: Bool, _ plan: CrashPlan) throws {
      try effect("end", plan) {
        let step = note.withLock { note in
          defer { note = nil }
          return note?.step
        }
        if isDone, let step { done.withLock { $0 = step + 1 } }
      }
    }

    private func effect(_ name: String, _ plan: CrashPlan, _ body: () -> Void) throws {
      guard let index = plan.begin(name) else { throw Crash() }
      body()
      guard plan.end(index) else { throw Crash() }
    }
  }

  private struct Crash: Error {}

  private static let partition = PartitionID(0)
  private static let steps = 7

  private func fixture() -> TableFixture {
    var fixture = TableFixture()
    fixture.options.smallManifestCount = 2
    fixture.options.expiryBatchCount = 2
    fixture.options.versionCount = 3
    return fixture
  }

  /// The life of the table from the first step that is not over yet.
  private func live(_ fixture: TableFixture, _ intent: Intent, _ plan: CrashPlan) async throws {
    let store = FaultingStore(fixture.memory, crash: plan)
    let table = try await fixture.table(store)
    try await recover(table, intent, plan, store)
    while intent.stepsDone < Self.steps {
      let step = intent.stepsDone
      let request = try await request(step, table, fixture, intent, plan, store)
      let outcome = try await table.commit(request) { (attempt) throws(LakeError) in
        do { try intent.attempt(attempt, plan) } catch {
          throw LakeError.invalid("crashed by plan")
        }
      }
      switch outcome {
      case .committed: try intent.end(isDone: true, plan)
      case .unknown: throw Crash()
      case .abandoned, .fenced:
        Issue.record("\(outcome) in step \(step)")
        throw Crash()
      }
    }
  }

  private func request(
    _ step: Int, _ table: LakeTable, _ fixture: TableFixture, _ intent: Intent,
    _ plan: CrashPlan, _ store: FaultingStore
  ) async throws -> CommitRequest {
    let commitID = table.newCommitID()
    switch step {
    case 3:
      try intent.begin(step, commitID, [], plan)
      return CommitRequest(
        commitID: commitID, epoch: 1, logStarts: [Self.partition: Offset(10)])
    case 4:
      try intent.begin(step, commitID, [], plan)
      let first = await table.dataFiles(of: Self.partition).first { $0.offsets == 0...9 }
      return CommitRequest(
        commitID: commitID, epoch: 1, removing: [try #require(first).path])
    default:
      if step >= 5 { fixture.clock.advance(milliseconds: 90_000_000) }
      let start = await table.state[Self.partition]?.settled.rawValue ?? 0
      let key = table.newDataFileKey(Self.partition, commitID, 0)
      try intent.begin(step, commitID, [key], plan)
      return try await fixture.request(
        table, [0: start..<start + 10], store: store, commitID: commitID)
    }
  }

  private func recover(
    _ table: LakeTable, _ intent: Intent, _ plan: CrashPlan, _ store: FaultingStore
  ) async throws {
    guard let note = intent.current else { return }
    if let attempt = note.attempt {
      switch try await table.reconcile(attempt) {
      case .committed: return try intent.end(isDone: true, plan)
      case .unknown:
        Issue.record("nothing is unknown with one writer")
        throw Crash()
      case .dead: break
      }
    }
    _ = try await table.removeOrphans(of: note.commitID, dataFileKeys: note.dataFileKeys)
    try intent.end(isDone: false, plan)
  }

  private func check(_ fixture: TableFixture, _ what: String) async throws {
    let head = try await fixture.verify()
    let files = try await fixture.files(head)
    #expect(
      files.compactMap(\.offsets).map(\.lowerBound).sorted() == [10, 20, 30, 40],
      "\(what)")
    #expect(head.state[Self.partition]?.settled == Offset(50), "\(what)")
    #expect(head.state[Self.partition]?.logStart == Offset(10), "\(what)")
    #expect(try await fixture.orphans() == [], "\(what)")
  }

  @Test func `a crash before or after any effect loses and doubles nothing`() async throws {
    let plain = fixture()
    let count = CrashPlan()
    try await live(plain, Intent(), count)
    try await check(plain, "without a crash")
    #expect(count.effects.count > 50)
    #expect(count.effects.contains { $0.hasPrefix("deleteMany") })
    for (index, effect) in count.effects.enumerated() {
      for moment in CrashPlan.Moment.allCases {
        let fixture = fixture()
        let intent = Intent()
        let plan = CrashPlan(crashAt: index, moment)
        do {
          try await live(fixture, intent, plan)
        } catch { #expect(plan.hasCrashed, "\(moment) \(index) \(effect): \(error)") }
        try await live(fixture, intent, CrashPlan())
        try await check(fixture, "\(moment) \(index) \(effect)")
      }
    }
  }
}
