import Platform
import Synchronization
import Testing

@testable import ObjectStore

struct RetryingStoreTests {
  private final class Bench: Sendable {
    let memory = MemoryStore()
    let faulting: FaultingStore
    let sleeper: ManualSleeper
    let store: RetryingStore

    init(policy: RetryPolicy = RetryPolicy(), _ schedule: any FaultSchedule) {
      let clock = ManualClock()
      sleeper = ManualSleeper(clock: clock)
      faulting = FaultingStore(memory, schedule)
      store = RetryingStore(
        faulting, policy: policy, clock: clock, sleeper: sleeper, random: SeededRandom(seed: 7))
    }

    /// Faults in the order of the calls, then none.
    convenience init(policy: RetryPolicy = RetryPolicy(), faults: [StoreFault]) {
      let left = Mutex(faults)
      self.init(
        policy: policy,
        FaultScript { _ in left.withLock { $0.isEmpty ? .none : $0.removeFirst() } })
    }

    var attempts: Int { faulting.operations.count }
  }

  /// Fails as stores do, but for what the contract cannot have repeated.
  @Test(arguments: ObjectStoreContract.all)
  func `a failing store keeps the contract when calls are retried`(
    behaviour: ObjectStoreContract
  ) async throws {
    var rates = FaultChances.Rates()
    rates.deniesOwnSuccess = 0
    rates.landsLate = 0
    let chances = FaultChances(rates, random: SeededRandom(seed: 42))
    let script = FaultScript { operation in
      let fault = chances.fault(for: operation)
      // A begin that is repeated leaves an upload behind, as documented.
      let isSpared =
        operation.condition != .none || (operation.kind == .createUpload && fault == .losesAnswer)
      return isSpared ? .none : fault
    }
    try await behaviour.check(.init(Bench(script).store))
  }

  @Test func `what passes is tried again with growing jittered waits`() async throws {
    let bench = Bench(faults: [.failsBefore, .throttles, .losesAnswer])
    try await bench.store.put("a", bytes: [1])
    #expect(bench.attempts == 4)
    #expect(bench.store.retries.current == 3)
    #expect(bench.store.throttles.current == 1)
    #expect(bench.sleeper.sleptMilliseconds.allSatisfy { $0 <= 200 })
  }

  @Test(
    arguments: [PutCondition.ifAbsent, .ifMatch(etag: "v1")],
    [
      StoreFault.failsBefore, .losesAnswer, .throttles, .deniesOwnSuccess,
    ])
  func `a conditional put is never repeated`(condition: PutCondition, fault: StoreFault) async {
    let bench = Bench(FaultScript { $0.condition == .none ? .none : fault })
    if condition != .ifAbsent { _ = try? await bench.memory.put("a", bytes: [0]) }
    let kind = await failure { () throws(ObjectStoreError) in
      try await bench.store.put("a", bytes: [1], condition: condition)
    }
    #expect(kind != nil)
    #expect(bench.attempts == 1)
  }

  @Test func `what will not pass is not repeated`() async {
    let bench = Bench(faults: [])
    #expect(
      await failure { () throws(ObjectStoreError) in try await bench.store.get("a") } == .notFound)
    #expect(bench.attempts == 1)
  }

  @Test func `attempts have an end`() async {
    let bench = Bench(FaultScript { _ in .failsBefore })
    #expect(
      await failure { () throws(ObjectStoreError) in try await bench.store.get("a") }
        == .unavailable)
    #expect(bench.attempts == 8)
  }

  @Test func `a store that is down gets few retries from many calls`() async {
    var policy = RetryPolicy()
    policy.budget = 20
    let bench = Bench(policy: policy, FaultScript { _ in .failsBefore })
    for _ in 0..<200 {
      _ = await failure { () throws(ObjectStoreError) in try await bench.store.get("a") }
    }
    #expect(bench.attempts == 220)
  }

  @Test func `throttling slows the calls that follow`() async throws {
    let bench = Bench(faults: Array(repeating: .throttles, count: 6))
    try await bench.store.put("a", bytes: [1])
    let before = bench.sleeper.sleptMilliseconds.count
    _ = try await bench.store.get("a")
    let waits = bench.sleeper.sleptMilliseconds.dropFirst(before)
    #expect(waits.count == 1 && waits.first! > 50)
  }

  @Test func `an upload whose completion was not confirmed is recognised`() async throws {
    let bench = Bench(
      FaultScript { [done = Atomic(false)] operation in
        let isFirst =
          operation.kind == .completeUpload
          && !done.exchange(true, ordering: .relaxed)
        return isFirst ? .losesAnswer : .none
      })
    let upload = try await bench.store.createUpload("a", partByteCount: 5 << 20)
    let part = try await bench.store.putPart(upload, number: 1, [ByteBlock([1, 2, 3])])
    let done = try await bench.store.completeUpload(upload, parts: [part])
    #expect(done.byteCount == 3)
    #expect(try await bench.store.get("a").body.array == [1, 2, 3])
  }

  @Test func `an object of the same size is not taken for an upload that never was`() async throws {
    let bench = Bench(faults: [])
    try await bench.memory.put("a", bytes: [7, 7, 7])
    let part = UploadedPart(number: 1, etag: "t", byteCount: 3, checksum: 0)
    let kind = await failure { () throws(ObjectStoreError) in
      try await bench.store.completeUpload(MultipartUpload(key: "a", id: "no"), parts: [part])
    }
    #expect(kind == .notFound)
  }

  @Test func `a cancelled task does not call`() async {
    let bench = Bench(faults: [])
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure { () throws(ObjectStoreError) in try await bench.store.get("a") }
    }
    #expect(await task.value == .cancelled)
    #expect(bench.attempts == 0)
  }
}
