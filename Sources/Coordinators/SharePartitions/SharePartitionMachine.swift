import KafkaProtocol
import Records

/// One partition as one share group reads it: which records are whose, until when, and how often
/// they have been delivered. Pure; everything that it says is durable before it is answered.
///
/// What members acquire is not durable, so a restart makes it available again, with the delivery
/// count from before. All else is an update of the state in `__share_group_state`, or after many of
/// them a snapshot.
package struct SharePartitionMachine: Sendable {
  private enum Phase: Equatable {
    /// Nobody has said where the group begins.
    case unknown
    /// That is on its way to the log.
    case opening
    case open
    /// A record could not be stored, so that memory is ahead of the log until the next start.
    case failed(ErrorCode)
  }

  package let key: SharePartitionKey
  package let config: ShareConfig
  private var phase = Phase.unknown
  var window = InFlightWindow(start: Offset(0))
  /// Of the partition, when the group's offset was set last.
  package var leaderEpoch = LeaderEpoch(0)
  var stateEpoch: Int32 = 0
  var snapshotEpoch: Int32 = 0
  var createTimestamp: Int64 = 0
  var updatesSinceSnapshot = 0
  /// When locks have to be looked at next, by the monotonic clock in milliseconds.
  package var nextCheck: Int64?
  /// Who waits for a record; nil when nobody does.
  private var waiting: [PersistTicket: ReplyToken?] = [:]
  /// The record that must be durable before anything is acquired.
  private var openingTicket: PersistTicket?
  private var nextTicket: UInt64 = 0
  private var actions: [SharePartitionAction] = []
  private(set) var now = EventTime(monotonicMilliseconds: 0, wallMilliseconds: 0)

  package init(key: SharePartitionKey, config: ShareConfig) {
    self.key = key
    self.config = config
  }

  /// Whether it has to be said where the group begins.
  package var needsStart: Bool { phase == .unknown }
  /// Whether records can be acquired at all now.
  package var isOpen: Bool { phase == .open }
  /// Why nothing can be done until the broker starts anew; nil when all is well.
  package var failure: ErrorCode? { if case .failed(let code) = phase { code } else { nil } }
  /// Nothing is known that would be lost.
  package var isDisposable: Bool { phase == .unknown && waiting.isEmpty }

  /// The first offset that the group is not done with; nil when it has not begun.
  package var startOffset: Offset? { needsStart ? nil : window.start }
  /// The first offset that the group knows nothing of.
  package var endOffset: Offset { window.end }
  /// How many offsets from the start on the group is done with.
  package var finishedCount: Int64 { window.finishedCount }

  /// Where to read what can be acquired next; nil when nothing can be before something comes back.
  package var nextFetchOffset: Offset? {
    guard isOpen else { return nil }
    if let first = window.firstAvailable { return first }
    return window.count < config.maximumRecordLocks ? window.end : nil
  }

  package mutating func handle(
    _ event: SharePartitionEvent, at time: EventTime
  ) -> [SharePartitionAction] {
    now = time
    let couldFetch = nextFetchOffset
    switch event {
    case .begin(let offset): begin(at: offset)
    case .acknowledge(let batches, let member, let lock, let token):
      acknowledge(batches, by: member, lock, token)
    case .memberGone(let member): release(member)
    case .checkLocks: checkLocks()
    case .logStartMoved(let offset): dropBelow(offset)
    case .logCut(let offset): cut(at: offset)
    case .setStart(let offset, let token): setStart(offset, token)
    case .delete(let token): delete(token)
    case .renewSnapshot: if isOpen { persist(.snapshot(snapshot()), for: nil) }
    case .persisted(let ticket): persisted(ticket)
    case .failed(let ticket, let code): failed(ticket, code)
    case .unload: unload()
    }
    if let next = nextFetchOffset, couldFetch.map({ next < $0 }) ?? true {
      actions.append(.wakeFetches)
    }
    defer { actions = [] }
    return actions
  }

  // MARK: The beginning and the end

  private mutating func begin(at offset: Offset) {
    guard phase == .unknown else { return }
    phase = .opening
    window = InFlightWindow(start: offset)
    createTimestamp = now.wallMilliseconds
    openingTicket = persist(.snapshot(snapshot()), for: nil)
  }

  private mutating func setStart(_ offset: Offset, _ token: ReplyToken) {
    if let failure { return reply(token, failure) }
    if phase == .unknown {
      phase = .opening
      createTimestamp = now.wallMilliseconds
    }
    stateEpoch += 1
    window = InFlightWindow(start: offset)
    nextCheck = nil
    let ticket = persist(.snapshot(snapshot()), for: token)
    if phase == .opening { openingTicket = ticket }
  }

  private mutating func delete(_ token: ReplyToken?) {
    if let failure {
      if let token { reply(token, failure) }
      return
    }
    if phase == .unknown {
      if let token { reply(token, .none) }
      return
    }
    phase = .unknown
    window = InFlightWindow(start: Offset(0))
    stateEpoch = 0
    snapshotEpoch = 0
    updatesSinceSnapshot = 0
    nextCheck = nil
    persist(.deletion, for: token)
  }

  /// A log start that has moved needs no record: the log tells it again.
  private mutating func dropBelow(_ offset: Offset) {
    guard phase != .unknown else { return }
    window.drop(below: offset)
    window.advance()
  }

  /// What is stored must not be taken for the records that follow.
  private mutating func cut(at offset: Offset) {
    guard isOpen, offset < window.end else { return }
    window.cut(at: offset)
    window.advance()
    persist(.snapshot(snapshot()), for: nil)
  }

  private mutating func unload() {
    for token in waiting.values.compactMap({ $0 }) { reply(token, .notCoordinator) }
    waiting = [:]
    phase = .failed(.notCoordinator)
  }

  // MARK: What is stored

  mutating func reply(_ token: ReplyToken, _ code: ErrorCode) {
    actions.append(.reply(token, code))
  }

  @discardableResult
  mutating func persist(
    _ content: ShareRecord.Content, for token: ReplyToken?
  ) -> PersistTicket {
    let ticket = PersistTicket(nextTicket)
    nextTicket += 1
    waiting.updateValue(token, forKey: ticket)
    actions.append(.persist(ticket, ShareRecord(key: key, content: content)))
    return ticket
  }

  private mutating func persisted(_ ticket: PersistTicket) {
    guard let token = waiting.removeValue(forKey: ticket) else { return }
    if ticket == openingTicket, phase == .opening { phase = .open }
    if let token { reply(token, .none) }
  }

  private mutating func failed(_ ticket: PersistTicket, _ code: ErrorCode) {
    guard let token = waiting.removeValue(forKey: ticket) else { return }
    phase = .failed(code)
    nextCheck = nil
    if let token { reply(token, code) }
  }

  // MARK: Replay

  /// Takes in a record of the log, in its order.
  package mutating func replay(_ content: ShareRecord.Content) {
    switch content {
    case .snapshot(let value):
      stateEpoch = value.stateEpoch
      snapshotEpoch = value.snapshotEpoch
      createTimestamp = value.createTimestamp
      leaderEpoch = value.leaderEpoch
      updatesSinceSnapshot = 0
      // −1 is what Kafka's groups write for a partition that nobody has fetched yet.
      guard value.startOffset >= Offset(0) else {
        phase = .unknown
        return
      }
      phase = .open
      window = InFlightWindow(start: value.startOffset)
      for batch in value.stateBatches { replay(batch) }
    case .update(let value):
      guard phase == .open, value.snapshotEpoch == snapshotEpoch else { return }
      updatesSinceSnapshot += 1
      window.drop(below: value.startOffset)
      for batch in value.stateBatches { replay(batch) }
    case .deletion: self = SharePartitionMachine(key: key, config: config)
    }
    window.advance()
  }

  /// What lies between two batches has been acquired at most, so it is available.
  private mutating func replay(_ batch: ShareStateBatch) {
    let first = max(batch.firstOffset, window.start)
    guard first <= batch.lastOffset, let state = DeliveryState(rawValue: batch.deliveryState)
    else { return }
    let fresh = InFlightRun(first: first, last: first, state: .available)
    window.grow(through: batch.lastOffset, as: fresh)
    window.change(from: first, through: batch.lastOffset) { run in
      run.state = state == .acquired ? .available : state
      run.deliveryCount = batch.deliveryCount
    }
  }
}
