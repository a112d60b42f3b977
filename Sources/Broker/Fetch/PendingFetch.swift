import KafkaProtocol
import Net
import Platform
import Records

/// One Fetch request from its arrival to its answer. Touched on its loop's thread only; its
/// session, if it has one, is shared.
///
/// It looks once at each slot that may have something, and after that only at those that signal a
/// change: a busy partition does not make a waiting fetch read the others again.
final class PendingFetch {
  /// What an answer names.
  enum Kind {
    /// All partitions; the session id is 0.
    case sessionless
    /// All partitions of a new session.
    case full(id: Int32)
    /// The partitions of a session that have something to tell.
    case incremental(id: Int32)

    fileprivate var isIncremental: Bool { if case .incremental = self { true } else { false } }

    fileprivate var sessionID: Int32 {
      switch self {
      case .sessionless: 0
      case .full(let id), .incremental(let id): id
      }
    }
  }

  /// The session that a fetch belongs to.
  struct Membership {
    let session: SharedFetchSession
    /// The session's number of this fetch; when it has another, a later one has overtaken it.
    let number: Int
  }

  /// What the request asks for as a whole.
  struct Terms {
    let minBytes: Int
    let maxBytes: Int
    let maxWaitMilliseconds: Int64
    let readsCommitted: Bool
    /// The client says that it is a replica, which no broker of this cluster is.
    let isReplica: Bool
    /// What a partition of a deleted topic is answered with.
    let missingTopic: ErrorCode
  }

  /// One slot's part of the answer, and what it means for the whole.
  struct Part {
    var answer: FetchResponse.Partition
    var byteCount = 0
    /// The answer must not wait.
    var isUrgent = false
    /// There is nothing to read now, nor is something on its way.
    var isCaughtUp = false
    /// The bytes are in memory, not in a file of the local log.
    var isCold = false
  }

  private struct Found {
    let slot: Int32
    var part: Part
    /// Nothing to tell after all.
    var isQuiet = false
  }

  let call: Call
  let broker: BrokerContext
  let loop: EventLoop
  let terms: Terms
  private let kind: Kind
  private let membership: Membership?
  /// The partitions of a fetch without a session.
  private var own: FetchSession
  private var ownWatch: FetchWatch?
  /// What has been looked at: every slot in its order, or of a session those that tell something.
  private var found: [Found] = []
  /// Where a session's slot stands in `found`, while an incremental fetch waits.
  private var places: [Int32: Int] = [:]
  private var byteCount = 0
  /// Of these bytes, what has been decoded into memory.
  private(set) var coldByteCount = 0
  private var urgentCount = 0

  /// - Parameter own: the partitions of a fetch without a session.
  init(
    call: Call, broker: BrokerContext, loop: EventLoop, terms: Terms, kind: Kind,
    membership: Membership?, own: FetchSession
  ) {
    self.call = call
    self.broker = broker
    self.loop = loop
    self.terms = terms
    self.kind = kind
    self.membership = membership
    self.own = own
  }

  /// Answers at once when there is enough to answer with, else parks.
  func start() {
    let isAnswered = withSession { session in
      if let membership { take(membership.session.watch.drain(), into: &session) }
      firstLook(&session)
      return answerIfReady(
        &session, mustAnswer: terms.maxWaitMilliseconds <= 0 || session.count == 0)
    }
    if isAnswered { return }
    if broker.fetchSessions.admits(waiting: own.slots.count) { return park() }
    _ = withSession { answerIfReady(&$0, mustAnswer: true) }
  }

  /// Waits for signals. Looks again when its partitions are watched: what came in before woke
  /// nobody.
  private func park() {
    let fetch = ParkedFetch(loop: loop, milliseconds: terms.maxWaitMilliseconds) { [self] fetch in
      let isAnswered = withSession { session in
        lookAtChanges(&session)
        return answerIfReady(
          &session, mustAnswer: fetch.hasTimedOut || broker.isStopping || watch.isClosed)
      }
      if isAnswered { finish(fetch) }
    }
    let isAnswered = withSession { session in
      lookWatching(&session)
      return answerIfReady(&session, mustAnswer: broker.isStopping || watch.isClosed)
    }
    if isAnswered { return finish(fetch) }
    ClientSession.of(call.connection).began(waiting: fetch)
    watch.park(fetch, number: membership?.number ?? 0)
  }

  private func finish(_ fetch: ParkedFetch) {
    fetch.finish()
    ClientSession.of(call.connection).ended(waiting: fetch)
    broker.fetchSessions.left(waiting: own.slots.count)
    watch.unpark(fetch)
    if membership == nil { watch.close() }
  }

  private func withSession<R>(_ body: (inout FetchSession) -> R) -> R {
    guard let membership else { return body(&own) }
    return membership.session.state.withLock { session in body(&session) }
  }

  /// Where changes are signalled to.
  var watch: FetchWatch {
    if let membership { return membership.session.watch }
    if let ownWatch { return ownWatch }
    let made = FetchWatch()
    ownWatch = made
    return made
  }

  // MARK: Looking

  private func firstLook(_ session: inout FetchSession) {
    guard session.isKept else {
      found.reserveCapacity(session.slots.count)
      for slot in 0..<Int32(session.slots.count) { look(at: slot, &session) }
      return
    }
    var unread: [Int32] = []
    var read: [Int32] = []
    // The rest of a long list waits for the next fetch.
    while !(kind.isIncremental && byteCount > 0 && byteCount >= terms.maxBytes),
      let slot = session.nextListed()
    {
      let before = byteCount
      guard look(at: slot, &session) else { continue }
      if byteCount == before { unread.append(slot) } else { read.append(slot) }
    }
    // Whoever was served goes behind those that were not, as in Kafka.
    for slot in unread { session.list(slot) }
    for slot in read { session.list(slot) }
  }

  /// Looks anew at all slots that are not known to be quiet, each watched before it is read.
  private func lookWatching(_ session: inout FetchSession) {
    if isOvertaken(session) { return }
    let slots = found.map(\.slot)
    found.removeAll(keepingCapacity: true)
    byteCount = 0
    coldByteCount = 0
    urgentCount = 0
    for slot in slots where session.isLive(slot) {
      watch(slot, &session)
      if look(at: slot, &session), kind.isIncremental { places[slot] = found.count - 1 }
    }
  }

  /// Looks at the slots that have signalled.
  private func lookAtChanges(_ session: inout FetchSession) {
    if isOvertaken(session) { return }
    let signals = watch.drain()
    take(signals, into: &session)
    for signal in signals where session.isLive(signal.slot) {
      let slot = signal.slot
      watch(slot, &session)
      if let place = kind.isIncremental ? places[slot] : Int(slot) {
        count(found[place].part, times: -1)
        found[place] = examine(slot, &session)
        count(found[place].part)
      } else if look(at: slot, &session) {
        places[slot] = found.count - 1
      }
    }
  }

  /// Looks at a slot and keeps what it has to tell; false when there is nothing.
  @discardableResult
  private func look(at slot: Int32, _ session: inout FetchSession) -> Bool {
    let one = examine(slot, &session)
    if !one.isQuiet || !kind.isIncremental {
      found.append(one)
      count(one.part)
    }
    return !one.isQuiet
  }

  private func count(_ part: Part, times sign: Int = 1) {
    byteCount += sign * part.byteCount
    coldByteCount += part.isCold ? sign * part.byteCount : 0
    urgentCount += part.isUrgent ? sign : 0
  }

  /// Reads a slot. In a session a quiet one is watched, so that the next fetch can pass it by.
  private func examine(_ slot: Int32, _ session: inout FetchSession) -> Found {
    var one = readOnce(slot, &session)
    if session.isKept, one.isQuiet, !session[slot].isWatched {
      watch(slot, &session)
      one = readOnce(slot, &session)
    }
    return one
  }

  private func readOnce(_ slot: Int32, _ session: inout FetchSession) -> Found {
    let part = read(
      session[slot], slot, missing: session.problem(withMissing: slot),
      room: terms.maxBytes - byteCount, isFirst: byteCount == 0)
    let isQuiet =
      part.isCaughtUp && !part.isUrgent
      && (!session.isKept || !session.mustTell(slot, part.answer))
    return Found(slot: slot, part: part, isQuiet: isQuiet)
  }

  private func watch(_ slot: Int32, _ session: inout FetchSession) {
    guard !session[slot].isWatched, let partition = session[slot].partition else { return }
    session[slot].isWatched = true
    partition.watchers.add(watch, slot: slot)
  }

  /// Notes signals: their slots have something to look at, now or in the session's next fetch.
  private func take(_ signals: [FetchWatch.Signal], into session: inout FetchSession) {
    for signal in signals where session.isLive(signal.slot) {
      if signal.endsWatch { session[signal.slot].isWatched = false }
      if session.isKept { session.list(signal.slot) }
    }
  }

  // MARK: Answering

  private func isOvertaken(_ session: FetchSession) -> Bool {
    membership.map { $0.number != session.fetchNumber } ?? false
  }

  /// Sends the answer when it has `minBytes`, what cannot wait, or must.
  private func answerIfReady(_ session: inout FetchSession, mustAnswer: Bool) -> Bool {
    if isOvertaken(session) {
      call.answer(
        FetchResponse {
          $0.errorCode = .invalidFetchSessionEpoch
          $0.sessionID = kind.sessionID
        })
      return true
    }
    guard mustAnswer || urgentCount > 0 || byteCount >= terms.minBytes else { return false }
    let delay = call.chargeFetched(byteCount)
    if delay > 0 {
      answerThrottled(delay)
    } else {
      answer(&session)
    }
    return true
  }

  /// Answers a client that is above its quota with nothing: what was found stays to be told.
  private func answerThrottled(_ delay: Int64) {
    var response = FetchResponse()
    switch kind {
    case .sessionless: break
    case .incremental(let id): response.sessionID = id
    case .full(let id):
      // The first answer of a session has to name all partitions; the client asks for one anew.
      broker.fetchSessions.forget(id)
    }
    call.answer(response, delay: delay)
  }

  private func answer(_ session: inout FetchSession) {
    var response = FetchResponse()
    response.sessionID = kind.sessionID
    var topic: Int32 = -1
    for one in found {
      if kind.isIncremental, !session.mustTell(one.slot, one.part.answer) { continue }
      if session[one.slot].topic != topic {
        topic = session[one.slot].topic
        let named = session.topics[Int(topic)]
        response.responses.append(
          FetchResponse.Topic {
            $0.topic = named.name
            $0.topicID = named.id
          })
      }
      if session.isKept { session.told(one.slot, one.part.answer) }
      response.responses[response.responses.count - 1].partitions.append(one.part.answer)
      if one.part.answer.errorCode == .fencedLeaderEpoch { nameLeader(in: &response) }
    }
    call.answer(response)
  }

  /// Tells a client that knows an old leader where the present one is (KIP-951).
  private func nameLeader(in response: inout FetchResponse) {
    guard response.nodeEndpoints.isEmpty else { return }
    let node = MetadataHandler.broker(for: call, broker)
    response.nodeEndpoints = [
      NodeEndpoint {
        $0.nodeID = node.nodeID
        $0.host = node.host
        $0.port = node.port
        $0.rack = node.rack
      }
    ]
  }
}
