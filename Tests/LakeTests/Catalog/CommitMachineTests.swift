import ObjectStore
import Records
import Testing

@testable import Lake

/// The rules of a commit as tables: what is seen, what is done.
struct CommitMachineTests {
  typealias View = CommitMachine.View
  private static let p0 = PartitionID(0)
  private static let p1 = PartitionID(1)
  private static let minute: Int64 = 60_000_000_000

  private func machine(
    _ starts: [PartitionID: Offset] = [p0: Offset(10)], epoch: Int64 = 5
  ) -> CommitMachine {
    CommitMachine(epoch: epoch, starts: starts)
  }

  private func view(
    _ version: Int64, settled: [PartitionID: Offset] = [p0: Offset(10)], epoch: Int64 = 5,
    own: Bool = false, rolledBack: Bool = false
  ) -> View {
    View(
      version: version, containsOwnCommit: own, epoch: epoch, settled: settled,
      isRolledBack: rolledBack)
  }

  @Test func `a commit without trouble creates the next version`() {
    var machine = machine()
    #expect(machine.start() == .load)
    #expect(machine.handle(.loaded(view(7), startedAt: 0), now: 0) == .prepare(attempt: 1))
    #expect(machine.handle(.prepared, now: 0) == .create(version: 8))
    #expect(machine.handle(.created, now: Self.minute) == .finish(.committed(version: 8)))
  }

  @Test(arguments: [
    (View(version: 7, epoch: 6), CommitMachine.Verdict.fenced(epoch: 6)),
    (View(version: 7, containsOwnCommit: true), .committed(version: 7)),
    (View(version: 7, containsOwnCommit: true, epoch: 9), .committed(version: 7)),
    (
      View(version: 7, epoch: 0, settled: [p0: Offset(11)]),
      .abandoned(.settledMoved(p0, to: Offset(11)))
    ),
    (
      View(version: 7, settled: [p0: Offset(9)]),
      .abandoned(.settledMoved(p0, to: Offset(9)))
    ),
    (View(version: 7, settled: [p0: Offset(10)], isRolledBack: true), .rolledBack),
  ])
  func `the head decides whether a commit begins`(
    head: View, verdict: CommitMachine.Verdict
  ) {
    var machine = machine()
    #expect(machine.handle(.loaded(head, startedAt: 0), now: 0) == .finish(verdict))
  }

  @Test func `a lower epoch in the head is taken over and unknown partitions begin`() {
    var machine = machine([Self.p0: Offset(10), Self.p1: Offset(3)])
    let head = view(7, epoch: 4)
    #expect(machine.handle(.loaded(head, startedAt: 0), now: 0) == .prepare(attempt: 1))
  }

  /// What the version holds that a create met (412), and what follows.
  @Test(arguments: [
    // One's own success, though the answer to it was lost.
    (
      View(version: 8, containsOwnCommit: true, epoch: 5), nil,
      CommitMachine.Verdict?.some(
        .committed(version: 8))
    ),
    // Another partition's commit: rebase.
    (View(version: 8, epoch: 5, settled: [p0: Offset(10), p1: Offset(99)]), 9, nil),
    // The same range, settled by somebody else.
    (
      View(version: 8, epoch: 5, settled: [p0: Offset(20)]), nil,
      .abandoned(.settledMoved(p0, to: Offset(20)))
    ),
    (View(version: 8, epoch: 6, settled: [p0: Offset(10)]), nil, .fenced(epoch: 6)),
    (View(version: 8, epoch: 4, settled: [p0: Offset(10)]), nil, .abandoned(.epochChanged(4))),
    (View(version: 8, epoch: 5, settled: [p0: Offset(10)], isRolledBack: true), nil, .rolledBack),
    // A partition that was there is there no more.
    (View(version: 8, epoch: 5, settled: [:]), nil, .abandoned(.settledMoved(p0, to: nil))),
  ])
  func `a 412 is decided by what the version holds`(
    found: View, next: Int64?, verdict: CommitMachine.Verdict?
  ) {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    #expect(machine.handle(.exists, now: 0) == .read(version: 8))
    let action = machine.handle(.found(found, startedAt: 0), now: 0)
    if let verdict { #expect(action == .finish(verdict)) }
    if let next {
      #expect(action == .prepare(attempt: 2))
      #expect(machine.handle(.prepared, now: 0) == .create(version: next))
    }
  }

  @Test func `an unknown outcome puts the same bytes again until 200 or 412`() {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    for count in 1...5 {
      #expect(
        machine.handle(.unclear, now: Int64(count))
          == .createAgain(version: 8, waitBoundMilliseconds: min(5_000, 100 << Int64(count))))
    }
    #expect(machine.handle(.exists, now: 9) == .read(version: 8))
    #expect(
      machine.handle(.unreadable, now: 9)
        == .readAgain(version: 8, waitBoundMilliseconds: 5_000))
    #expect(
      machine.handle(.found(view(8, own: true), startedAt: 9), now: 9)
        == .finish(.committed(version: 8)))
  }

  @Test func `patience ends in unknown, never in a failure`() {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    _ = machine.handle(.unclear, now: 0)
    #expect(
      machine.handle(.unclear, now: Self.minute + 1) == .finish(.unknown(version: 8)))
    var refused = self.machine()
    _ = refused.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = refused.handle(.prepared, now: 0)
    _ = refused.handle(.unclear, now: 0)
    let denied = ObjectStoreError(.denied, key: "k", "no")
    #expect(refused.handle(.refused(denied), now: 1) == .finish(.unknown(version: 8)))
  }

  @Test func `a refusal that was the only answer is a failure`() {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    let denied = ObjectStoreError(.denied, key: "k", "no")
    #expect(machine.handle(.refused(denied), now: 1) == .finish(.failed(kind: .denied)))
  }

  @Test func `an unknown outcome of one version does not taint the next`() {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    _ = machine.handle(.unclear, now: 0)
    _ = machine.handle(.exists, now: 0)
    #expect(
      machine.handle(.found(view(8), startedAt: 0), now: 0) == .prepare(attempt: 2))
    _ = machine.handle(.prepared, now: 0)
    let denied = ObjectStoreError(.denied, key: "k", "no")
    #expect(machine.handle(.refused(denied), now: 1) == .finish(.failed(kind: .denied)))
  }

  @Test(arguments: [(Int64(30), true), (31, false)])
  func `a success on a base older than half an hour counts as unknown`(
    minutes: Int64, isCommitted: Bool
  ) {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    _ = machine.handle(.prepared, now: 0)
    #expect(
      machine.handle(.created, now: minutes * Self.minute)
        == .finish(isCommitted ? .committed(version: 8) : .unknown(version: 8)))
  }

  @Test func `a 412 without an object is put again, cancellation and lost inputs end it`() {
    var machine = machine()
    _ = machine.handle(.loaded(view(7), startedAt: 0), now: 0)
    #expect(
      machine.handle(.inputGone("f"), now: 0) == .finish(.abandoned(.inputGone("f"))))
    _ = machine.handle(.prepared, now: 0)
    _ = machine.handle(.exists, now: 0)
    #expect(
      machine.handle(.missing, now: 0)
        == .createAgain(version: 8, waitBoundMilliseconds: 200))
    #expect(machine.handle(.cancelled, now: 0) == .finish(.unknown(version: 8)))
  }
}
