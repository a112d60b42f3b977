import CommitLog
import KafkaProtocol
import Platform
import Records
import Testing

@testable import Broker

struct VerificationTests {
  private typealias Pending = PendingVerifications<Int>

  static let codes: [(ErrorCode, Int16, ErrorCode)] = [
    (.coordinatorLoadInProgress, 13, .notEnoughReplicas),
    (.notCoordinator, 3, .notEnoughReplicas),
    (.concurrentTransactions, 12, .notEnoughReplicas),
    (.producerFenced, 12, .invalidProducerEpoch),
    (.invalidTxnState, 10, .invalidTxnState),
    (.transactionAbortable, 10, .invalidTxnState),
    (.invalidTxnState, 11, .transactionAbortable),
    (.invalidProducerIDMapping, 12, .invalidProducerIDMapping),
  ]

  @Test(arguments: codes)
  func `a producer gets an error that its version knows how to deal with`(
    outcome: ErrorCode, version: Int16, expected: ErrorCode
  ) {
    #expect(outcome.forProducer(version: version) == expected)
  }

  @Test func `what waits is bounded, but one batch always may`() {
    let budget = VerificationBudget(limit: 100)
    #expect(budget.take(500))
    #expect(!budget.take(1))
    budget.giveBack(500)
    #expect(budget.take(60))
    #expect(!budget.take(41))
    #expect(budget.take(40))
  }

  @Test func `batches of one producer wait for one answer, in their order`() throws {
    let fileSystem = PosixFileSystem()
    let directory = "/tmp/varve-broker-\(SystemRandom().next())"
    try fileSystem.makeDirectory(directory)
    defer { try? fileSystem.removeTree(directory) }
    let log = try PartitionLog.open(
      TopicPartition(topic: "t", partition: PartitionID(0)), in: directory, fileSystem: fileSystem,
      config: LogConfig(), recoveryPoint: nil, now: 0
    ).log
    let partition = Partition(
      topicName: "t", topicID: .zero, id: PartitionID(0), log: log, epoch: LeaderEpoch(0),
      holdsAtSynced: false)
    var pending = Pending()
    let first = batch(producer: 1, sequence: 0)
    let key = Pending.Key(partition, first.header)
    #expect(!pending.isAwaited(key))
    pending.begin(key, partition, log.verificationGuard(), first)
    pending.join(key, batch(producer: 1, sequence: 1))
    #expect(pending.isAwaited(key))
    let other = Pending.Key(partition, batch(producer: 2, sequence: 0).header)
    #expect(!pending.isAwaited(other))
    let ended = pending.end(key)
    let waiting = try #require(ended)
    #expect(waiting.batches.map(\.header.baseSequence) == [0, 1])
    #expect(waiting.byteCount == 20)
    #expect(!pending.isAwaited(key))
    let again = pending.end(key)
    #expect(again == nil)
  }

  private func batch(producer: Int64, sequence: Int32) -> Pending.Batch {
    let header = BatchHeader(
      baseOffset: Offset(0), length: 49, partitionLeaderEpoch: LeaderEpoch(0),
      attributes: BatchHeader.Attributes.transactional, lastOffsetDelta: 0, baseTimestamp: 0,
      maxTimestamp: 0, producerID: producer, producerEpoch: 0, baseSequence: sequence,
      recordCount: 1)
    return Pending.Batch(
      block: ByteBlock(Array(repeating: 0, count: 10)), header: header, origin: .client,
      owner: 0, version: 12)
  }
}
