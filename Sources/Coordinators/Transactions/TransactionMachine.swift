import KafkaProtocol
import Records

/// One transactional id as a pure state machine: it decides and does nothing else.
///
/// Everything about a transaction is durable before anybody acts on it: partitions before the
/// producer may write to them, the outcome before the first marker is written. State changes only
/// when the record about it is persisted, one change at a time.
package struct TransactionMachine: Sendable {
  package let transactionalID: String
  let config: TransactionConfig

  /// What the log says; nil before the first producer's record is durable, and after the tombstone.
  package internal(set) var current: TransactionMetadata?
  /// The change that is on its way to the log.
  var inFlight: Transition?
  /// The request that goes on when a producer id is there.
  var awaitingID: AwaitingID?
  /// Additions that came while another was on its way: one change takes them all.
  var waiting: [(addition: TransactionAddition, token: ReplyToken)] = []
  /// Answers that are given when the decided transaction is complete.
  var owed: [(token: ReplyToken, reply: TransactionReply)] = []
  /// Whether markers are on their way.
  var isWritingMarkers = false

  var nextTicket: UInt64 = 0
  var actions: [TransactionAction] = []
  var now: Int64 = 0

  package init(transactionalID: String, config: TransactionConfig) {
    self.transactionalID = transactionalID
    self.config = config
  }

  /// Takes one event and says what is to be done, in this order.
  ///
  /// - Parameter time: milliseconds since 1970: deadlines must survive a restart.
  package mutating func handle(
    _ event: TransactionEvent, at time: Int64
  ) -> [TransactionAction] {
    now = time
    switch event {
    case .initialize(let request, let token): initialize(request, token)
    case .add(let addition, let token): add(addition, token)
    case .verify(let addition, let token): verify(addition, token)
    case .end(let end, let token): self.end(end, token)
    case .allocated(let outcome): allocated(outcome)
    case .markersWritten: complete()
    case .markersFailed: markersFailed()
    case .persisted(let ticket): persisted(ticket)
    case .failed(let ticket, let code): failed(ticket, code)
    case .checkTimeout: checkTimeout()
    case .checkExpiry: checkExpiry()
    case .unload: unload()
    }
    defer { actions.removeAll() }
    return actions
  }

  /// Whether nothing would be lost by forgetting the id.
  package var isDisposable: Bool { current == nil && !isBusy }

  // MARK: For all parts

  /// Whether a change is under way that has to end before another begins.
  var isBusy: Bool { inFlight != nil || awaitingID != nil }

  mutating func reply(_ token: ReplyToken, _ reply: TransactionReply) {
    actions.append(.reply(token, reply))
  }

  /// Sends the id's next state to the log; nil is the end of it.
  mutating func persist(
    _ next: TransactionMetadata?, awaitsSync: Bool = true, then follow: Transition.Follow
  ) {
    precondition(inFlight == nil, "one change at a time")
    var next = next
    if let current { next?.previousProducerID = current.producerID }
    let ticket = PersistTicket(nextTicket)
    nextTicket += 1
    inFlight = Transition(ticket: ticket, next: next, follow: follow)
    let record = TransactionRecord(transactionalID: transactionalID, metadata: next)
    actions.append(.persist(ticket, record, awaitsSync: awaitsSync))
  }

  mutating func allocateID(for request: AwaitingID) {
    awaitingID = request
    actions.append(.allocateProducerID)
  }

  private mutating func allocated(_ outcome: Result<Int64, ErrorCode>) {
    let request = awaitingID
    awaitingID = nil
    switch (request, outcome) {
    case (.initialize(let request, let token), .success(let id)):
      initialize(request, token, newID: id)
    case (.end(let end, let token), .success(let id)): self.end(end, token, newID: id)
    case (.initialize(_, let token), .failure(let code)), (.end(_, let token), .failure(let code)):
      reply(token, .failed(code))
    case (nil, _): break
    }
  }
}

/// A change of a transactional id's state on its way to the log.
struct Transition: Sendable {
  /// What follows when it is persisted.
  enum Follow: Sendable {
    /// The producer gets its id and epoch.
    case initialized(ReplyToken)
    /// All these additions are answered.
    case added([(addition: TransactionAddition, token: ReplyToken)])
    /// Markers are written; when they are, this is answered.
    case decided([(token: ReplyToken, reply: TransactionReply)])
    case completed
    case expired
  }

  let ticket: PersistTicket
  let next: TransactionMetadata?
  let follow: Follow
}

/// A request that waits for a producer id.
enum AwaitingID: Sendable {
  case initialize(ProducerInitialization, ReplyToken)
  case end(TransactionEnd, ReplyToken)
}
