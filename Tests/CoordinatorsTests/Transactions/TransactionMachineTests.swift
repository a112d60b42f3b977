import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct TransactionMachineTests {
  private static func partitions(_ numbers: Int32...) -> [TransactionPartition] {
    numbers.map { TransactionPartition(topic: "t", partition: PartitionID($0)) }
  }

  @Test func `a transaction from its beginning to its end`() {
    let test = TestTransactions()
    #expect(test.initialize() == .fine(1000, 0))
    test.time += 5
    #expect(test.add([2, 0], as: test.producer) == .partitions([.none, .none]))
    #expect(test.machine.current?.startTimestamp == test.time)
    #expect(test.add([1], as: test.producer) == .partitions([.none]))
    #expect(test.end(true, as: test.producer) == .fine(1000, 0))
    #expect(test.machine.current?.state == .completeCommit)
    #expect(
      test.markersWritten == [
        DecidedTransaction(
          producer: ProducerIdentity(id: 1000, epoch: 0), commits: true,
          partitions: Self.partitions(0, 1, 2), clientVersion: 0)
      ])
    #expect(
      test.log.compactMap { $0.metadata?.state } == [
        .empty, .ongoing, .ongoing, .prepareCommit, .completeCommit,
      ])
    #expect(test.machine.current?.partitions.isEmpty == true)
    #expect(test.add([0], as: test.producer) == .partitions([.none]), "and the next")
  }

  @Test func `markers wait for the decision, the answer for the markers`() {
    let test = TestTransactions()
    test.initialize()
    test.add(as: test.producer)
    test.syncsAtOnce = false
    test.writesMarkersAtOnce = false
    let token = test.sendEnd(true, as: test.producer)
    #expect(test.decided.isEmpty && test.replies[token] == nil)
    test.sync()
    #expect(test.decided.count == 1 && test.replies[token] == nil)
    test.writeMarkers()
    #expect(test.waiting.map(\.awaitsSync) == [false], "a lost end is written again")
    test.sync()
    #expect(test.replies[token] == .fine(1000, 0))
  }

  @Test func `an epoch goes up with every transaction of the second protocol`() {
    let test = TestTransactions()
    test.initialize()
    for round: Int16 in 0..<3 {
      let token = test.sendAdd(as: test.producer, version: 2)
      #expect(test.replies[token] == .partitions([.none]))
      let end = test.sendEnd(round != 1, as: test.producer, version: 2)
      #expect(test.replies[end] == .fine(1000, round + 1))
      #expect(test.markersWritten.last?.producer.epoch == round + 1)
      #expect(test.markersWritten.last?.clientVersion == 2)
    }
    let end = test.sendEnd(false, as: test.producer, version: 2)
    #expect(test.replies[end] == .fine(1000, 4), "an abort of nothing too")
    #expect(test.markersWritten.count == 3)
  }

  @Test func `the last epoch makes way for a new producer id`() {
    let test = TestTransactions()
    test.initialize()
    test.exhaustEpoch()
    let old = test.producer
    #expect(test.initialize(as: old) == .fine(1001, 0))
    #expect(test.initialize(as: old) == .fine(1001, 0), "asked again")
    #expect(test.end(false, as: old) == .failed(.invalidProducerIDMapping))
    test.exhaustEpoch()
    #expect(test.initialize() == .fine(1002, 0))
  }

  @Test func `a transaction of the second protocol that ends with the last epoch`() {
    let test = TestTransactions()
    test.initialize()
    test.exhaustEpoch()
    let old = test.producer
    _ = test.sendAdd(as: old, version: 2)
    test.writesMarkersAtOnce = false
    let token = test.sendEnd(true, as: old, version: 2)
    #expect(test.end(true, as: old, version: 2) == .failed(.concurrentTransactions))
    let next = ProducerIdentity(id: 1001, epoch: 0)
    #expect(test.add(as: next, version: 2) == .partitions([.concurrentTransactions]))
    test.writeMarkers()
    #expect(test.markersWritten.map(\.producer) == [ProducerIdentity(id: old.id, epoch: .max)])
    #expect(test.replies[token] == .producer(.none, next))
    #expect(test.end(true, as: old, version: 2) == .producer(.none, next), "asked again")
    #expect(test.restarted().end(true, as: old, version: 2) == .producer(.none, next))
    #expect(test.add(as: next, version: 2) == .partitions([.none]))
  }

  @Test func `epochs above the last of a client stop nothing`() {
    let test = TestTransactions()
    test.initialize()
    test.exhaustEpoch()
    test.add(as: test.producer, version: 2)
    test.initialize()
    #expect(test.producer.epoch == .max, "fenced under the epoch that was kept for it")
    for version: Int16 in [0, 2] {
      let highest = TestTransactions()
      highest.machine = test.machine
      highest.add(as: highest.producer, version: version)
      highest.end(false, as: highest.producer, version: version)
      highest.add(as: highest.producer, version: version)
      highest.initialize()
      #expect(highest.machine.current?.state == .completeAbort)
    }
    #expect(test.initialize() == .fine(1001, 0))
  }

  @Test func `a new producer aborts what the old one left open, and shuts it out`() {
    let test = TestTransactions()
    test.initialize()
    let old = test.producer
    test.add([3], as: old)
    let request = ProducerInitialization(timeoutMilliseconds: 60_000)
    let token = test.send { .initialize(request, $0) }
    #expect(test.replies[token] == .failed(.concurrentTransactions))
    #expect(test.markersWritten.map(\.commits) == [false])
    #expect(test.markersWritten.map(\.producer.epoch) == [1])
    #expect(test.end(true, as: old) == .failed(.producerFenced))
    #expect(test.add(as: old) == .partitions([.producerFenced]))
    #expect(test.initialize() == .fine(1000, 2), "an epoch that nobody had")
  }

  @Test func `a producer goes on after an error under the next epoch`() {
    let test = TestTransactions()
    test.initialize()
    let first = test.producer
    #expect(test.initialize(as: first) == .fine(1000, 1))
    #expect(test.initialize(as: first) == .fine(1000, 1), "asked again")
    test.initialize()
    #expect(test.initialize(as: first) == .failed(.producerFenced))
    #expect(
      test.initialize(as: ProducerIdentity(id: 1000, epoch: 1)) == .failed(.producerFenced),
      "another producer has come in between")
  }

  @Test func `who has been fenced cannot abort the transaction of who came after`() {
    let test = TestTransactions()
    test.initialize()
    let old = test.producer
    test.initialize()
    test.add(as: test.producer)
    #expect(test.initialize(as: old) == .failed(.producerFenced))
    #expect(test.machine.current?.state == .ongoing)
  }

  @Test func `additions that come together are one record`() {
    let test = TestTransactions { $0.maximumWaiting = 2 }
    test.initialize()
    test.syncsAtOnce = false
    let tokens = (0..<3).map { test.sendAdd([$0], as: test.producer, version: 2) }
    let tooMany = test.sendAdd([3], as: test.producer, version: 2)
    #expect(test.replies[tooMany] == .partitions([.concurrentTransactions]))
    let count = test.log.count
    test.syncsAtOnce = true
    test.sync()
    for token in tokens { #expect(test.replies[token] == .partitions([.none])) }
    #expect(test.log.count == count + 1)
    #expect(test.machine.current?.partitions == Set(Self.partitions(0, 1, 2)))
    test.syncsAtOnce = false
    #expect(test.add([1], as: test.producer) == .partitions([.none]), "it is there already")
    #expect(test.log.count == count + 1)
  }

  @Test func `a transaction that is open for too long is aborted`() {
    let test = TestTransactions()
    test.initialize(timeout: 500)
    let old = test.producer
    test.time += 10_000
    test.send { _ in .checkTimeout }
    #expect(test.machine.current?.state == .empty, "nothing was open")
    test.add(as: old)
    test.time += 500
    test.send { _ in .checkTimeout }
    #expect(test.machine.current?.state == .ongoing)
    test.time += 1
    test.send { _ in .checkTimeout }
    #expect(test.machine.current?.state == .completeAbort)
    #expect(test.markersWritten.map(\.producer.epoch) == [1])
    #expect(test.end(true, as: old) == .failed(.producerFenced))
  }

  @Test func `an id that nobody uses is forgotten`() {
    let test = TestTransactions { $0.idExpirationMilliseconds = 1000 }
    test.initialize()
    test.add(as: test.producer)
    test.time += 1000
    test.send { _ in .checkExpiry }
    #expect(test.machine.current?.state == .ongoing, "not while it has a transaction")
    test.end(false, as: test.producer)
    test.time += 999
    test.send { _ in .checkExpiry }
    #expect(test.machine.current != nil)
    test.time += 1
    test.send { _ in .checkExpiry }
    #expect(test.machine.isDisposable)
    #expect(test.log.last == TransactionRecord(transactionalID: "tx", metadata: nil))
    #expect(test.initialize() == .fine(1001, 0))
  }

  @Test func `what cannot be stored has not happened`() {
    let test = TestTransactions()
    test.syncsAtOnce = false
    let first = test.send { .initialize(ProducerInitialization(timeoutMilliseconds: 1), $0) }
    test.fail(.coordinatorNotAvailable)
    #expect(test.replies[first] == .failed(.coordinatorNotAvailable))
    #expect(test.machine.isDisposable)
    test.syncsAtOnce = true
    test.initialize()
    test.syncsAtOnce = false
    let adds = [test.sendAdd([0], as: test.producer), test.sendAdd([1], as: test.producer)]
    test.fail(.coordinatorNotAvailable)
    for token in adds {
      #expect(test.replies[token] == .partitions([.coordinatorNotAvailable]))
    }
    test.syncsAtOnce = true
    test.add([0], as: test.producer)
    test.syncsAtOnce = false
    let end = test.sendEnd(true, as: test.producer)
    test.fail(.coordinatorNotAvailable)
    #expect(test.replies[end] == .failed(.coordinatorNotAvailable))
    #expect(test.machine.current?.state == .ongoing && test.decided.isEmpty)
  }

  @Test func `without a producer id there is no producer`() {
    let test = TestTransactions()
    test.allocationFailure = .kafkaStorageError
    #expect(test.initialize() == .failed(.kafkaStorageError))
    #expect(test.machine.isDisposable)
    test.allocationFailure = nil
    #expect(test.initialize() == .fine(1000, 0))
  }

  @Test(arguments: [Int16(0), 2])
  func `an abort that comes before its transaction has begun in the log is asked for again`(
    version: Int16
  ) {
    let test = TestTransactions()
    test.initialize()
    let producer = test.producer
    test.syncsAtOnce = false
    _ = test.sendAdd(as: producer, version: version)
    #expect(
      test.end(false, as: producer, version: version) == .failed(.concurrentTransactions))
    test.syncsAtOnce = true
    test.sync()
    #expect(test.machine.current?.state == .ongoing)
    test.end(false, as: producer, version: version)
    #expect(test.machine.current?.state == .completeAbort)
    #expect(test.markersWritten.map(\.commits) == [false])
  }

  @Test func `markers that cannot be written are tried again`() {
    let test = TestTransactions()
    test.initialize()
    test.add(as: test.producer)
    test.writesMarkersAtOnce = false
    let token = test.sendEnd(true, as: test.producer)
    test.failMarkers()
    #expect(test.replies[token] == .fine(1000, 0), "the outcome stands")
    #expect(test.end(true, as: test.producer) == .failed(.concurrentTransactions))
    test.send { _ in .checkTimeout }
    test.send { _ in .checkTimeout }
    #expect(test.decided.count == 1, "once at a time")
    test.writeMarkers()
    #expect(test.end(true, as: test.producer) == .fine(1000, 0))
  }

  @Test func `a restart goes on where the log ends`() {
    let test = TestTransactions()
    test.initialize()
    test.add([0, 1], as: test.producer)
    test.end(true, as: test.producer)
    let states = test.log.indices.map { count in
      let next = test.restarted(keeping: count + 1)
      return (next.machine.current?.state, next.markersWritten.map(\.commits))
    }
    #expect(
      states.map(\.0) == [.empty, .ongoing, .completeCommit, .completeCommit])
    #expect(states.map(\.1) == [[], [], [true], []])
    #expect(test.restarted(keeping: 3).markersWritten == test.markersWritten)
  }
}
