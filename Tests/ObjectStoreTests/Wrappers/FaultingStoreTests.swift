import Platform
import Testing

@testable import ObjectStore

struct FaultingStoreTests {
  @Test(arguments: ObjectStoreContract.all)
  func `without faults it keeps the contract`(behaviour: ObjectStoreContract) async throws {
    try await behaviour.check(.init(FaultingStore(MemoryStore())))
  }

  @Test func `a lost answer hides a success`() async {
    let base = MemoryStore()
    let store = FaultingStore(base, FaultScript { _ in .losesAnswer })
    let kind = await failure { () throws(ObjectStoreError) in
      try await store.put("a", bytes: [1], condition: .ifAbsent)
    }
    #expect(kind == .unknownOutcome)
    #expect(base.keys == ["a"])
    #expect(
      await failure { () throws(ObjectStoreError) in try await store.get("a") } == .unavailable)
  }

  @Test func `one's own success can look like another's`() async {
    let base = MemoryStore()
    let store = FaultingStore(base, FaultScript { _ in .deniesOwnSuccess })
    let kind = await failure { () throws(ObjectStoreError) in
      try await store.put("a", bytes: [1], condition: .ifAbsent)
    }
    #expect(kind == .alreadyExists)
    #expect(base.keys == ["a"])
    let other = await failure { () throws(ObjectStoreError) in
      try await store.put("b", bytes: [1])
    }
    #expect(other == .unknownOutcome)
  }

  @Test func `a late write lands after later calls and can lose by then`() async throws {
    let base = MemoryStore()
    let store = FaultingStore(
      base, FaultScript { $0.key == "late" ? .landsLate(after: 2) : .none })
    let kind = await failure { () throws(ObjectStoreError) in
      try await store.put("late", bytes: [1], condition: .ifAbsent)
    }
    #expect(kind == .unknownOutcome)
    #expect(base.keys.isEmpty)
    try await store.put("x", bytes: [1])
    #expect(base.keys == ["x"])
    try await store.put("y", bytes: [1])
    #expect(base.keys == ["late", "x", "y"])
    _ = await failure { () throws(ObjectStoreError) in try await store.put("late", bytes: [2]) }
    await store.landLateWrites()
    #expect(try await base.get("late").body.array == [2])
  }

  @Test func `the same seed gives the same faults`() async {
    func faults(_ seed: UInt64) -> [StoreFault] {
      let chances = FaultChances(random: SeededRandom(seed: seed))
      return (0..<1_000).map { _ in chances.fault(for: StoreOperation(.put, "a")) }
    }
    #expect(faults(1) == faults(1))
    #expect(faults(1) != faults(2))
    let count = faults(3).filter { $0 != .none }.count
    #expect((50...150).contains(count))
  }

  @Test func `crash enumeration visits every effect, before and after`() async throws {
    func procedure(_ store: FaultingStore) async throws {
      try await store.put("a", bytes: [1])
      _ = try await store.get("a")
      try await store.put("b", bytes: [1])
      try await store.delete("a")
    }
    let dry = CrashPlan()
    try await procedure(FaultingStore(MemoryStore(), crash: dry))
    #expect(dry.effects == ["put a", "put b", "delete a"])
    var states: [[String]] = []
    for at in dry.effects.indices {
      for moment in CrashPlan.Moment.allCases {
        let base = MemoryStore()
        let plan = CrashPlan(crashAt: at, moment)
        let store = FaultingStore(base, crash: plan)
        await #expect(throws: ObjectStoreError.self) { try await procedure(store) }
        #expect(plan.hasCrashed)
        #expect(
          await failure { () throws(ObjectStoreError) in try await store.get("b") } == .cancelled)
        states.append(base.keys)
      }
    }
    #expect(states == [[], ["a"], ["a"], ["a", "b"], ["a", "b"], ["b"]])
  }
}
