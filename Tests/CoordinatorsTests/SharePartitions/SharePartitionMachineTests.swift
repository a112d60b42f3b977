import KafkaProtocol
import Records
import Testing

@testable import Coordinators

/// Which event changes what, without any I/O.
struct SharePartitionMachineTests {
  @Test func `nothing is acquired before the beginning is durable`() {
    var group = TestSharePartition(start: nil)
    #expect(group.machine.needsStart)
    #expect(group.acquire([0...4]) == ["no room"])
    group.handle(.begin(Offset(7)))
    #expect(group.acquire([7...9]) == ["no room"])
    #expect(group.wakes == 0)
    group.sync()
    #expect(group.wakes == 1)
    #expect(group.acquire([7...9]) == ["7-9*1"])
    group.handle(.begin(Offset(1)))
    #expect(group.start == 7, "it begins once")
  }

  @Test func `a record belongs to one member until it says what became of it`() {
    var group = TestSharePartition()
    #expect(group.acquire([0...4, 5...9], by: "a") == ["0-9*1"])
    #expect(group.machine.nextFetchOffset == Offset(10))
    #expect(group.acknowledge([0...4], by: "b") == .invalidRecordState)
    #expect(group.acknowledge([0...4]) == ErrorCode.none)
    #expect(group.start == 5)
    #expect(group.acknowledge([0...4]) == ErrorCode.none, "what is below the start is done with")
    #expect(group.acknowledge([5...6], .reject) == ErrorCode.none)
    #expect(group.acknowledge([5...6]) == ErrorCode.none)
    #expect(group.acknowledge([8...9], .release) == ErrorCode.none)
    #expect(group.state == "7-7 acquired*1 a, 8-9 available*1")
    #expect(group.acknowledge([8...9]) == .invalidRecordState)
    #expect(group.machine.nextFetchOffset == Offset(8))
    #expect(group.acquire([5...9], by: "b") == ["8-9*2"])
    #expect(group.acknowledge([7...20]) == .invalidRequest)
  }

  /// What each type makes of a record that was delivered for the first and for the last time.
  @Test(arguments: [
    (AcknowledgeType.gap, "archived*1", "archived*2"),
    (.accept, "acknowledged*1", "acknowledged*2"), (.reject, "archived*1", "archived*2"),
    (.release, "available*1", "archived*2"), (.renew, "acquired*1 a", "acquired*2 a"),
  ])
  func `acknowledgements`(_ type: AcknowledgeType, first: String, last: String) {
    var config = ShareConfig()
    config.deliveryCountLimit = 2
    var group = TestSharePartition(config)
    #expect(group.acquire([0...2]) == ["0-2*1"])
    #expect(group.acknowledge([1...1], type) == ErrorCode.none)
    #expect(group.state == "0-0 acquired*1 a, 1-1 \(first), 2-2 acquired*1 a" || type == .renew)
    group = TestSharePartition(config)
    _ = group.acquire([0...2])
    _ = group.acknowledge([0...2], .release)
    #expect(group.acquire([0...2]) == ["0-2*2"])
    #expect(group.acknowledge([1...1], type) == ErrorCode.none)
    #expect(group.state == "0-0 acquired*2 a, 1-1 \(last), 2-2 acquired*2 a" || type == .renew)
  }

  @Test func `acknowledgements of one request are taken all or none`() {
    var group = TestSharePartition()
    _ = group.acquire([0...4], by: "a")
    _ = group.acquire([5...9], by: "b")
    let before = group.state
    #expect(group.acknowledge([0...1, 4...5], by: "a") == .invalidRecordState)
    #expect(group.state == before)
    #expect(group.unsynced.isEmpty)
  }

  @Test func `an answer waits for the disk`() {
    var group = TestSharePartition()
    _ = group.acquire([0...4])
    #expect(group.acknowledge([0...4], syncs: false) == nil)
    #expect(group.acknowledge([0...4], .renew, syncs: false) == ErrorCode.none, "below the start")
    group.restart()
    #expect(group.acquire([0...4]) == ["0-4*1"], "it was never answered")
  }

  @Test func `a state that cannot be stored refuses everything`() {
    var group = TestSharePartition()
    _ = group.acquire([0...4])
    _ = group.acknowledge([0...4], syncs: false)
    let ticket = group.unsynced[0].ticket
    group.handle(.failed(ticket, .kafkaStorageError))
    #expect(group.replies.values.contains(.kafkaStorageError))
    #expect(group.machine.failure == .kafkaStorageError)
    #expect(group.acquire([5...9]) == ["no room"])
    #expect(group.acknowledge([0...0], syncs: false) == .kafkaStorageError)
  }

  @Test func `locks run out, and are renewed`() {
    var group = TestSharePartition()
    _ = group.acquire([0...4], by: "a", lock: 30_000)
    group.wait(20_000)
    #expect(group.acknowledge([3...4], .renew) == ErrorCode.none)
    group.wait(10_000)
    #expect(group.state == "0-2 available*1, 3-4 acquired*1 a")
    #expect(group.wakes == 2, "the beginning, and what came back")
    #expect(group.acknowledge([0...0]) == .invalidRecordState)
    #expect(group.machine.nextCheck == 51_000)
    group.wait(20_000)
    group.sync()
    #expect(group.state == "0-4 available*1")
    #expect(group.machine.nextCheck == nil)
    group.restart()
    #expect(group.state == "0-4 available*1", "the count is stored")
  }

  @Test func `a record is not delivered more often than the limit says`() {
    var config = ShareConfig()
    config.deliveryCountLimit = 3
    var group = TestSharePartition(config)
    for count in 1...3 {
      #expect(group.acquire([0...1]) == ["0-1*\(count)"])
      group.wait(30_000)
      group.sync()
    }
    #expect(group.start == 2)
    #expect(group.acquire([2...2]) == ["2-2*1"])
  }

  @Test func `what a member had that is gone does not count as delivered`() {
    var group = TestSharePartition()
    _ = group.acquire([0...4], by: "a")
    _ = group.acquire([5...9], by: "b")
    group.handle(.memberGone("a"))
    #expect(group.state == "0-4 available*0, 5-9 acquired*1 b")
    #expect(group.unsynced.isEmpty, "nothing else is stored already")
    #expect(group.acquire([0...9], by: "b") == ["0-4*1"])
  }
}

/// What a fetch acquires of what was read.
struct ShareAcquireTests {
  @Test func `ranges end where a batch ends that makes them large enough`() {
    var group = TestSharePartition()
    let got = group.acquire([0...3, 4...7, 8...11, 12...15], size: 6)
    #expect(got == ["0-7*1", "8-15*1"])
  }

  @Test func `the last batch is acquired whole, or cut where the limit is strict`() {
    var group = TestSharePartition()
    #expect(group.acquire([0...3, 4...9, 10...11], max: 5) == ["0-9*1"])
    var strict = TestSharePartition()
    #expect(strict.acquire([0...3, 4...9, 10...11], max: 5, strict: true) == ["0-4*1"])
    #expect(strict.machine.nextFetchOffset == Offset(5))
    #expect(strict.acquire([4...9], by: "b", max: 2, strict: true) == ["5-6*1"])
    _ = strict.acknowledge([0...3], .release)
    #expect(strict.acquire([0...3, 4...9], by: "b", max: 5, strict: true) == ["0-3*2", "7-7*1"])
  }

  @Test func `where there is no batch there is no record`() {
    var group = TestSharePartition()
    #expect(group.acquire([2...3, 6...7], end: 10) == ["2-3*1", "6-7*1"])
    #expect(group.start == 2)
    #expect(
      group.state
        == "2-3 acquired*1 a, 4-5 archived*0, 6-7 acquired*1 a, 8-9 archived*0")
    #expect(group.acknowledge([2...3, 4...5], .gap) == ErrorCode.none, "it is a gap indeed")
    #expect(group.start == 6)
    _ = group.acknowledge([6...7])
    #expect(group.start == 10)
    #expect(group.acquire([], end: 15) == [])
    #expect(group.start == 15)
  }

  @Test func `nothing is passed over behind a limit`() {
    var group = TestSharePartition()
    #expect(group.acquire([0...3, 6...9, 12...15], end: 20, max: 2) == ["0-3*1"])
    #expect(group.machine.nextFetchOffset == Offset(4))
    #expect(group.acquire([6...9, 12...15], end: 20, max: 4) == ["6-9*1"])
    #expect(group.acquire([12...15], end: 20) == ["12-15*1"])
    #expect(group.machine.nextFetchOffset == Offset(20))
  }

  @Test func `locks are limited, and those behind them wait until there is room`() {
    var config = ShareConfig()
    config.maximumRecordLocks = 10
    var group = TestSharePartition(config)
    #expect(group.acquire([0...5, 6...11, 12...17]) == ["0-11*1"], "the last batch goes beyond")
    #expect(group.acquire([12...17]) == ["no room"])
    _ = group.acknowledge([2...11])
    #expect(group.acquire([12...17]) == ["no room"], "the first is still there")
    let wakes = group.wakes
    _ = group.acknowledge([0...1])
    #expect(group.wakes == wakes + 1)
    #expect(group.acquire([12...17], strict: true) == ["12-17*1"])
    #expect(group.acquire([18...30], strict: true) == ["18-21*1"])
  }

  @Test func `a log start that moves takes the records below it`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    _ = group.acknowledge([5...5])
    group.handle(.logStartMoved(Offset(5)))
    #expect(group.start == 6)
    group.handle(.logStartMoved(Offset(50)))
    #expect(group.start == 50)
    #expect(group.machine.nextFetchOffset == Offset(50))
    #expect(group.acknowledge([6...9]) == ErrorCode.none, "they are gone")
  }

  @Test func `a log that a crash cut short takes the state of what it lost`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    _ = group.acknowledge([4...9])
    group.handle(.logCut(Offset(6)))
    group.sync()
    group.restart()
    #expect(group.state == "0-3 available*0, 4-5 acknowledged*1")
    #expect(group.machine.nextFetchOffset == Offset(0))
    #expect(group.acquire([0...5, 6...9]) == ["0-3*1", "6-9*1"])
  }
}

/// What is stored, and what a restart makes of it.
struct ShareReplayTests {
  @Test func `a restart keeps what was acknowledged and how often was delivered`() {
    var group = TestSharePartition()
    _ = group.acquire([0...19])
    _ = group.acknowledge([2...3])
    _ = group.acknowledge([5...6], .release)
    _ = group.acknowledge([8...8], .reject)
    group.restart()
    #expect(
      group.state
        == "0-1 available*0, 2-3 acknowledged*1, 4-4 available*0, 5-6 available*1, "
        + "7-7 available*0, 8-8 archived*1")
    #expect(group.acquire([0...19]) == ["0-1*1", "4-4*1", "5-6*2", "7-7*1", "9-19*1"])
    #expect(group.machine.finishedCount == 3)
  }

  @Test func `snapshots replace updates`() {
    var config = ShareConfig()
    config.updatesPerSnapshot = 3
    var group = TestSharePartition(config)
    _ = group.acquire([0...19])
    for offset in stride(from: Int64(1), through: 15, by: 2) {
      _ = group.acknowledge([offset...offset])
    }
    let kinds = group.log.map { if case .snapshot = $0.content { "s" } else { "u" } }
    #expect(kinds.joined() == "suuusuuus")
    _ = group.acknowledge([0...0], .release)
    let state = group.state
    // The last snapshot is enough.
    let last = group.log.count - 2
    var shard = SharePartitionShard(config: config)
    for record in group.log[last...] { shard.replay(record) }
    group.restart()
    #expect(shard.machines[TestSharePartition.key]?.window == group.machine.window)
    #expect(state.hasPrefix("0-0 available*1, 1-1 acknowledged*1, 2-2 acquired"))
    #expect(group.state.hasPrefix("0-0 available*1, 1-1 acknowledged*1, 2-2 available*0"))
  }

  @Test func `updates of another snapshot are left alone`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    var update = ShareUpdateValue()
    update.snapshotEpoch = 77
    update.startOffset = Offset(9)
    group.machine.replay(.update(update))
    #expect(group.start == 0)
  }

  @Test func `an administrator sets the offset and takes everything back`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    #expect(group.ask { .setStart(Offset(4), $0) } == ErrorCode.none)
    #expect(group.start == 4)
    #expect(group.acknowledge([5...6]) == .invalidRequest)
    #expect(group.acquire([0...9]) == ["4-9*1"])
    group.restart()
    #expect(group.start == 4)
    #expect(group.machine.stateEpoch == 1)
    var fresh = TestSharePartition(start: nil)
    #expect(fresh.ask { .setStart(Offset(9), $0) } == ErrorCode.none)
    #expect(fresh.acquire([9...9]) == ["9-9*1"])
  }

  @Test func `what is deleted is not known after a restart`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    #expect(group.ask { .delete($0) } == ErrorCode.none)
    #expect(group.machine.isDisposable)
    #expect(group.acknowledge([0...1]) == .invalidRecordState)
    group.restart()
    #expect(group.machine.needsStart)
    #expect(group.ask { .delete($0) } == ErrorCode.none, "there is nothing to delete")
  }

  @Test func `who waits is sent away when the coordinator stops`() {
    var group = TestSharePartition()
    _ = group.acquire([0...9])
    _ = group.acknowledge([0...1], syncs: false)
    group.handle(.unload)
    #expect(group.replies.values.contains(.notCoordinator))
  }

  @Test func `a shard forgets what has nothing to lose`() {
    var shard = SharePartitionShard(config: ShareConfig())
    let time = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 0)
    let key = TestSharePartition.key
    #expect(shard.handle(.memberGone("a"), of: key, at: time).isEmpty)
    #expect(shard.machines.isEmpty)
    let actions = shard.handle(.begin(Offset(0)), of: key, at: time)
    #expect(shard.machines.keys.map { $0 } == [key])
    guard case .persist(let ticket, _) = actions[0] else {
      Issue.record("the beginning is not stored")
      return
    }
    #expect(shard.handle(.persisted(ticket), of: key, at: time) == [.wakeFetches])
  }
}
