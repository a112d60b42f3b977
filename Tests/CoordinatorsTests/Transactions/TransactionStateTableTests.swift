import KafkaProtocol
import Testing

@testable import Coordinators

/// What each state answers to each request of the present producer, by Kafka's rules, and what
/// becomes of it.
struct TransactionStateTableTests {
  enum Situation: String, CaseIterable {
    /// Nothing is known; its first record is on its way; then by the state of the last record.
    case unknown, beginning, empty, ongoing, adding, deciding
    case prepareCommit, prepareAbort, completeCommit, completeAbort

    /// An id in this situation; its transactions are those of clients of this version.
    func make(version: Int16) -> TestTransactions {
      let test = TestTransactions()
      if self == .unknown { return test }
      if self == .beginning {
        test.syncsAtOnce = false
        test.initialize()
        return test
      }
      test.initialize()
      if self == .empty { return test }
      test.writesMarkersAtOnce = false
      if self == .adding { test.syncsAtOnce = false }
      _ = test.sendAdd(as: test.producer, version: version)
      if self == .ongoing || self == .adding { return test }
      if self == .deciding { test.syncsAtOnce = false }
      let commits = self == .prepareCommit || self == .completeCommit
      _ = test.sendEnd(commits, as: test.producer, version: version)
      if self == .completeCommit || self == .completeAbort { test.writeMarkers() }
      return test
    }
  }

  private static func code(_ reply: TransactionReply?) -> ErrorCode? {
    switch reply {
    case .producer(let code, _): code
    case .partitions(let codes): codes.first
    case nil: nil
    }
  }

  static let initializations: [(Situation, ErrorCode?)] = [
    (.unknown, ErrorCode.none), (.beginning, .concurrentTransactions), (.empty, ErrorCode.none),
    // Answered when the abort is complete.
    (.ongoing, nil), (.adding, .concurrentTransactions), (.deciding, .concurrentTransactions),
    (.prepareCommit, .concurrentTransactions), (.prepareAbort, .concurrentTransactions),
    (.completeCommit, ErrorCode.none), (.completeAbort, ErrorCode.none),
  ]

  @Test(arguments: initializations, [Int16(0), 2])
  func initialize(_ row: (situation: Situation, expected: ErrorCode?), _ version: Int16) {
    let test = row.situation.make(version: version)
    let before = test.producer
    #expect(Self.code(test.initialize()) == row.expected)
    if row.expected == ErrorCode.none, row.situation != .unknown {
      #expect(test.producer == ProducerIdentity(id: before.id, epoch: before.epoch + 1))
      #expect(test.machine.current?.state == .empty)
    }
    if row.expected == .concurrentTransactions { #expect(test.producer == before) }
  }

  static let additions: [(Situation, ErrorCode?)] = [
    (.unknown, .invalidProducerIDMapping), (.beginning, .concurrentTransactions),
    (.empty, ErrorCode.none), (.ongoing, ErrorCode.none), (.adding, nil),
    (.deciding, .concurrentTransactions), (.prepareCommit, .concurrentTransactions),
    (.prepareAbort, .concurrentTransactions), (.completeCommit, ErrorCode.none),
    (.completeAbort, ErrorCode.none),
  ]

  @Test(arguments: additions, [Int16(0), 2])
  func add(_ row: (situation: Situation, expected: ErrorCode?), _ version: Int16) {
    let test = row.situation.make(version: version)
    let reply = test.add([0, 1], as: test.producer, version: version)
    #expect(Self.code(reply) == row.expected)
    if row.expected == ErrorCode.none {
      #expect(test.machine.current?.state == .ongoing)
      #expect(test.machine.current?.partitions.count == 2)
    }
  }

  static let verifications: [(Situation, ErrorCode)] = [
    (.unknown, .invalidProducerIDMapping), (.beginning, .invalidProducerIDMapping),
    (.empty, .transactionAbortable), (.ongoing, .none), (.adding, .transactionAbortable),
    (.deciding, .concurrentTransactions), (.prepareCommit, .concurrentTransactions),
    (.prepareAbort, .concurrentTransactions), (.completeCommit, .transactionAbortable),
    (.completeAbort, .transactionAbortable),
  ]

  @Test(arguments: verifications)
  func verify(_ situation: Situation, _ expected: ErrorCode) {
    let test = situation.make(version: 0)
    #expect(Self.code(test.verify([0], as: test.producer)) == expected)
  }

  /// Situation, then the answers to a commit and an abort of a client of transactions V1, whose
  /// epoch stays.
  static let ends: [(Situation, commit: ErrorCode?, abort: ErrorCode?)] = [
    (.unknown, .invalidProducerIDMapping, .invalidProducerIDMapping),
    (.beginning, .concurrentTransactions, .concurrentTransactions),
    (.empty, .invalidTxnState, .invalidTxnState), (.ongoing, nil, nil),
    (.adding, .concurrentTransactions, .concurrentTransactions),
    (.deciding, .concurrentTransactions, .concurrentTransactions),
    (.prepareCommit, .concurrentTransactions, .invalidTxnState),
    (.prepareAbort, .invalidTxnState, .concurrentTransactions),
    (.completeCommit, ErrorCode.none, .invalidTxnState),
    (.completeAbort, .invalidTxnState, ErrorCode.none),
  ]

  @Test(arguments: ends)
  func end(_ situation: Situation, _ commit: ErrorCode?, _ abort: ErrorCode?) {
    for commits in [true, false] {
      let test = situation.make(version: 0)
      let reply = test.end(commits, as: test.producer)
      #expect(Self.code(reply) == (commits ? commit : abort), "commits: \(commits)")
    }
  }

  /// The same of transactions V2 (KIP-890), for the present epoch and for the one before, with
  /// which a producer asks again that has not had its answer.
  static let endsV2: [(Situation, now: [ErrorCode?], again: [ErrorCode?])] = [
    (.empty, [.invalidTxnState, ErrorCode.none], [.producerFenced, .producerFenced]),
    (.ongoing, [nil, nil], [.producerFenced, .producerFenced]),
    (
      .prepareCommit, [.producerFenced, .producerFenced],
      [.concurrentTransactions, .invalidTxnState]
    ),
    (
      .prepareAbort, [.producerFenced, .producerFenced],
      [.invalidTxnState, .concurrentTransactions]
    ),
    (.completeCommit, [.invalidTxnState, ErrorCode.none], [ErrorCode.none, .invalidTxnState]),
    (.completeAbort, [.invalidTxnState, ErrorCode.none], [.invalidTxnState, ErrorCode.none]),
  ]

  @Test(arguments: endsV2)
  func `end with a bump`(_ situation: Situation, _ now: [ErrorCode?], _ again: [ErrorCode?]) {
    for (index, commits) in [true, false].enumerated() {
      let test = situation.make(version: 2)
      let present = test.producer
      #expect(Self.code(test.end(commits, as: present, version: 2)) == now[index], "\(commits)")
      let other = situation.make(version: 2)
      let before = ProducerIdentity(id: present.id, epoch: present.epoch - 1)
      let reply = other.end(commits, as: before, version: 2)
      #expect(Self.code(reply) == again[index], "\(commits)")
      // Who asks again learns its new epoch.
      if again[index] == ErrorCode.none { #expect(reply == .producer(.none, present)) }
    }
  }

  @Test(arguments: [Situation.empty, .ongoing, .completeCommit, .completeAbort])
  func `a producer that another has followed is fenced everywhere`(_ situation: Situation) {
    for version: Int16 in [0, 2] {
      let test = situation.make(version: version)
      let old = ProducerIdentity(id: test.producer.id, epoch: test.producer.epoch - 2)
      let other = ProducerIdentity(id: test.producer.id + 7, epoch: 0)
      #expect(Self.code(test.add(as: old, version: version)) == .producerFenced)
      #expect(Self.code(test.verify([0], as: old)) == .producerFenced)
      #expect(Self.code(test.end(true, as: old, version: version)) == .producerFenced)
      #expect(Self.code(test.initialize(as: old)) == .producerFenced)
      #expect(Self.code(test.add(as: other, version: version)) == .invalidProducerIDMapping)
      #expect(Self.code(test.verify([0], as: other)) == .invalidProducerIDMapping)
      #expect(
        Self.code(test.end(true, as: other, version: version)) == .invalidProducerIDMapping)
      #expect(Self.code(test.initialize(as: other)) == .producerFenced)
    }
  }

  @Test(arguments: [Int32(-1), 0, 900_001])
  func `a timeout that is not allowed is refused`(_ timeout: Int32) {
    #expect(
      Self.code(TestTransactions().initialize(timeout: timeout)) == .invalidTransactionTimeout)
  }

  @Test(arguments: Situation.allCases)
  func `nobody is left waiting when the coordinator stops`(_ situation: Situation) {
    let test = situation.make(version: 0)
    let tokens = [
      test.send { .initialize(ProducerInitialization(timeoutMilliseconds: 1000), $0) },
      test.sendAdd([5], as: test.producer), test.sendEnd(true, as: test.producer),
    ]
    test.send { _ in .unload }
    for token in tokens { #expect(test.replies[token] != nil) }
    #expect(test.machine.isDisposable)
  }
}
