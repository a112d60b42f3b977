import CommitLog
import Lake
import ObjectStore
import Platform
import Records
import Synchronization
import Testing

@testable import Tiering

struct ColdReaderTests {
  /// A fixture whose 300 records lie in the store alone, behind a gate.
  private func gated(_ limits: ColdReader.Limits = ColdReader.Limits()) async throws
    -> (TieredFixture, GatedStore)
  {
    let store = GatedStore(MemoryStore())
    let fixture = try TieredFixture(store: store, limits: limits)
    try fixture.produce(300)
    try await fixture.settleAll()
    #expect(fixture.log.localStartOffset == Offset(300))
    return (fixture, store)
  }

  private func isPending(_ outcome: ColdReader.Outcome) -> Bool {
    if case .pending = outcome { return true }
    return false
  }

  private func read(
    _ fixture: TieredFixture, _ offset: Int64, _ done: @escaping @Sendable () -> Void
  ) -> ColdReader.Outcome {
    fixture.reader.read(
      fixture.topic, fixture.partition, from: Offset(offset), maxBytes: 10_000, whenReady: done)
  }

  @Test func `a store that does not answer holds up neither the caller nor the hot tier`()
    async throws
  {
    let (fixture, store) = try await gated()
    try fixture.produce(10)
    store.close()
    let (done, waker) = AsyncStream<Void>.makeStream()
    #expect(isPending(read(fixture, 0) { waker.yield() }))
    // A second reader of the same place shares the first one's requests.
    #expect(isPending(read(fixture, 0) { waker.yield() }))
    #expect(fixture.reader.reads.current == 1)
    #expect(try await fixture.consume(from: 300).count == 10)
    store.open()
    var wakes = done.makeAsyncIterator()
    await wakes.next()
    await wakes.next()
    guard case .batches(let block) = read(fixture, 0, {}) else {
      Issue.record("it was read, but is not there")
      return
    }
    #expect(block.count > 0)
  }

  @Test func `beyond the limit of reads under way a caller waits its turn, and is called`()
    async throws
  {
    var limits = ColdReader.Limits()
    limits.maxPendingReads = 1
    let (fixture, store) = try await gated(limits)
    store.close()
    let (done, waker) = AsyncStream<Int64>.makeStream()
    for offset in [0, 100, 200] as [Int64] {
      #expect(isPending(read(fixture, offset) { waker.yield(offset) }))
    }
    #expect(fixture.reader.reads.current == 1)
    store.open()
    var called: Set<Int64> = []
    for await offset in done {
      called.insert(offset)
      if called.count == 3 { break }
    }
    #expect(called == [0, 100, 200])
  }

  @Test func `a topic that is deleted meanwhile leaves nothing in the cache`() async throws {
    let (fixture, store) = try await gated()
    store.close()
    let (done, waker) = AsyncStream<Void>.makeStream()
    #expect(isPending(read(fixture, 0) { waker.yield() }))
    fixture.topic.remove()
    fixture.reader.forget(fixture.topic.topicID)
    store.open()
    var wakes = done.makeAsyncIterator()
    await wakes.next()
    #expect(fixture.reader.cachedByteCount == 0)
  }

  @Test func `an outage loses nothing, and who waited is answered when the store is back`()
    async throws
  {
    let isDown = Flag()
    let clock = ManualClock()
    let store = FaultingStore(
      MemoryStore(), FaultScript { _ in isDown.isSet ? .failsBefore : .none })
    let fixture = try TieredFixture(store: store, sleeper: ManualSleeper(clock: clock))
    try fixture.produce(200)
    try await fixture.settleAll()
    isDown.set(true)
    // Settling fails, and nothing local goes that has not settled.
    for _ in 0..<3 {
      try fixture.produce(50)
      await #expect(throws: TieringError.self) { try await fixture.settler.round() }
    }
    #expect(fixture.log.localStartOffset == Offset(200))
    // A fetch asks again each time that it is called; the store comes back at some time.
    let (done, waker) = AsyncStream<Void>.makeStream()
    var wakes = done.makeAsyncIterator()
    var failures = 0
    var answer: ColdReader.Outcome = read(fixture, 0) { waker.yield() }
    while isPending(answer), failures < 50 {
      await wakes.next()
      failures += 1
      fixture.clock.advance(milliseconds: 1000)
      if failures == 4 { isDown.set(false) }
      answer = read(fixture, 0) { waker.yield() }
    }
    #expect(failures >= 4)
    guard case .batches = answer else {
      Issue.record("it is never answered: \(answer)")
      return
    }
    try await fixture.settleAll()
    try await fixture.expectWhole("after the outage")
  }

  @Test func `what is known of a table never goes back to an older version`() {
    let view = ColdView()
    var newer = ColdView.Snapshot()
    newer.version = 2
    newer.state = SettledState([
      PartitionID(0): .init(settled: Offset(20), logStart: Offset(0))
    ])
    var older = ColdView.Snapshot()
    older.version = 1
    view.publish(newer)
    view.publish(older)
    #expect(view.settled(PartitionID(0)) == Offset(20))
  }
}

/// A switch that several tasks look at.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set(_ new: Bool) { value.store(new, ordering: .releasing) }
}
