import Coordinators
import KafkaProtocol
import Net
import Platform
import Records

/// One ShareFetch from its arrival to its answer.
///
/// It asks the share-partitions one after the other, each on the loop of its shard, until it has as
/// many records as it wants. When none has any it has all of them watched, asks once more, so that
/// nothing that came in between is missed, and waits: for records, and for what other members give
/// back. Only those that signal are asked again.
///
/// @unchecked Sendable: all state belongs to the thread of the request's loop.
final class PendingShareFetch: @unchecked Sendable {
  /// What the request asks for as a whole.
  struct Terms: Sendable {
    let member: ShareSessions.Key
    let settings: ShareFetchSettings
    let minBytes: Int
    let maxBytes: Int
    let maxRecords: Int
    let batchSize: Int
    /// Never acquires more than `maxRecords`.
    let isStrict: Bool
    let maxWaitMilliseconds: Int64
  }

  /// A partition of the session.
  private struct Slot {
    let place: SharePlace
    /// Nil when it does not exist.
    let partition: Partition?
    let problem: ErrorCode
    var part = ShareFetchPart()
    var isLogWatched = false
    var isStateWatched = false
  }

  private let call: Call
  private let broker: BrokerContext
  private let loop: EventLoop
  private let terms: Terms
  private let watch = FetchWatch()
  private var slots: [Slot]
  private var acknowledged: [(place: SharePlace, code: ErrorCode)]?
  private var parked: ParkedFetch?
  /// Slots that are to be asked; the next one last.
  private var queue: [Int] = []
  private var isAsking = false
  private var isWatching = false
  /// Asks only how much there is.
  private var isProbing: Bool
  private var hasFetched = false
  private var recordCount: Int64 = 0
  private var byteCount = 0
  private var coldByteCount = 0

  /// - Parameter places: what is to be fetched; the acknowledgements come by `acknowledged(…)`.
  init(_ call: Call, _ loop: LoopService, _ terms: Terms, _ places: [SharePlace]) {
    self.call = call
    self.terms = terms
    broker = loop.broker
    self.loop = loop.loop
    isProbing = terms.minBytes > 1
    let topics = loop.topics
    slots = places.map { place in
      let topic = topics.byID[place.topicID]
      return Slot(
        place: place, partition: topic?.partition(place.partition),
        problem: topic?.problem(withMissing: place.partition) ?? .unknownTopicID)
    }
  }

  /// Begins to ask.
  func start() { ask(Array(slots.indices)) }

  /// The acknowledgements that came with the request have these outcomes.
  func acknowledged(_ outcomes: [(place: SharePlace, code: ErrorCode)]) {
    acknowledged = outcomes
    answerIfReady()
  }

  // MARK: Asking

  private func ask(_ wanted: [Int]) {
    isAsking = true
    queue = wanted.reversed()
    askNext()
  }

  private func askNext() {
    while let index = queue.popLast() {
      let recordsLeft = Int64(terms.maxRecords) - recordCount
      guard recordsLeft > 0, byteCount < terms.maxBytes || byteCount == 0,
        !call.connection.isClosed
      else { break }
      guard let partition = slots[index].partition, !partition.isRemoved else {
        slots[index].part.code =
          slots[index].partition == nil ? slots[index].problem : .unknownTopicID
        continue
      }
      return ask(index, partition, recordsLeft: Int(recordsLeft))
    }
    queue = []
    isAsking = false
    asked()
  }

  private func ask(_ index: Int, _ partition: Partition, recordsLeft: Int) {
    let place = slots[index].place
    let key = SharePartitionKey(
      group: terms.member.group, topicID: place.topicID, partition: place.partition)
    var watching = ShareFetchAsk.Watching(watch: watch, slot: Int32(index * 2))
    if isWatching {
      watching.addsLog = !slots[index].isLogWatched
      watching.addsState = !slots[index].isStateWatched
      slots[index].isLogWatched = true
      slots[index].isStateWatched = true
    }
    let ask = ShareFetchAsk(
      key: key, partition: partition, settings: terms.settings,
      acquisition: ShareAcquisition(
        member: terms.member.member, maximumRecords: recordsLeft, batchSize: terms.batchSize,
        isStrict: terms.isStrict, lockMilliseconds: terms.settings.recordLockMilliseconds),
      maxBytes: terms.maxBytes - byteCount,
      maxColdBytes: broker.limits.fetchMaxColdBytes - coldByteCount, probes: isProbing,
      watching: watching)
    broker.shares.withShard(
      of: key,
      refuse: { [self] code in
        let part = ShareFetchPart(code: code.ofShareFetch)
        loop.post { [self] in took(part, of: index) }
      },
      { [self] shard in
        let part = shard.fetch(ask)
        loop.post { [self] in took(part, of: index) }
      })
  }

  private func took(_ part: ShareFetchPart, of index: Int) {
    slots[index].part = part
    recordCount += part.acquiredCount
    byteCount += part.byteCount
    coldByteCount += part.coldByteCount
    askNext()
  }

  /// All that were to be asked have been asked.
  private func asked() {
    if isProbing {
      let isEnough = byteCount >= terms.minBytes || hasProblem
      byteCount = 0
      if isEnough || mustAnswer {
        isProbing = false
        return ask(Array(slots.indices))
      }
    } else if recordCount > 0 || hasProblem || mustAnswer {
      return finish()
    }
    if !isWatching {
      guard broker.fetchSessions.admits(waiting: slots.count) else { return finish() }
      isWatching = true
      park()
      return ask(Array(slots.indices))
    }
    let changed = drain()
    if !changed.isEmpty { askAgain(changed) }
  }

  /// - Parameter changed: slots that have signalled; how much there is all of them say together.
  private func askAgain(_ changed: [Int]) {
    ask(isProbing && !changed.isEmpty ? Array(slots.indices) : changed)
  }

  private var hasProblem: Bool { slots.contains { $0.part.code != .none } }

  private var mustAnswer: Bool {
    terms.maxWaitMilliseconds <= 0 || (parked?.hasTimedOut ?? false) || broker.isStopping
      || slots.isEmpty || call.connection.isClosed
  }

  /// The slots that have signalled since the last time.
  private func drain() -> [Int] {
    var changed = Set<Int>()
    for signal in watch.drain() {
      let index = Int(signal.slot) / 2
      if signal.endsWatch {
        if signal.slot % 2 == 0 {
          slots[index].isLogWatched = false
        } else {
          slots[index].isStateWatched = false
        }
      }
      changed.insert(index)
    }
    return changed.sorted()
  }

  // MARK: Waiting

  private func park() {
    let fetch = ParkedFetch(loop: loop, milliseconds: terms.maxWaitMilliseconds) { [self] _ in
      guard !isAsking else { return }
      let changed = drain()
      // When the time is over, `asked` ends the waiting.
      if mustAnswer || !changed.isEmpty { askAgain(changed) }
    }
    parked = fetch
    ClientSession.of(call.connection).began(waiting: fetch)
    watch.park(fetch)
  }

  // MARK: Answering

  private func finish() {
    if let parked {
      parked.finish()
      if !call.connection.isClosed { ClientSession.of(call.connection).ended(waiting: parked) }
      broker.fetchSessions.left(waiting: slots.count)
      watch.unpark(parked)
      self.parked = nil
    }
    watch.close()
    hasFetched = true
    answerIfReady()
  }

  private func answerIfReady() {
    guard hasFetched, let acknowledged else { return }
    if call.connection.isClosed {
      // What was acquired after the session had ended reaches nobody.
      let places = slots.filter { !$0.part.acquired.isEmpty }.map(\.place)
      return broker.shares.release(terms.member, places)
    }
    var builder = ShareFetchAnswer()
    for slot in slots where slot.part.code != .none || !slot.part.acquired.isEmpty {
      builder.add(slot.part, of: slot.place)
    }
    for (place, code) in acknowledged { builder.add(acknowledgement: code, of: place) }
    builder.response.acquisitionLockTimeoutMilliseconds = Int32(
      clamping: terms.settings.recordLockMilliseconds)
    call.answer(builder.response, delay: call.chargeFetched(byteCount))
  }
}

extension ErrorCode {
  /// What a member is told whose share-partition cannot be asked: clients know no errors of
  /// coordinators here. While the state is being loaded there is nothing yet.
  fileprivate var ofShareFetch: ErrorCode {
    self == .coordinatorLoadInProgress ? .none : .notLeaderOrFollower
  }
}

/// Puts the answer to a ShareFetch together.
struct ShareFetchAnswer {
  var response = ShareFetchResponse()
  /// Where the partitions stand in it.
  private var topics: [TopicID: Int] = [:]
  private var partitions: [SharePlace: Int] = [:]

  mutating func add(_ part: ShareFetchPart, of place: SharePlace) {
    change(place) { answer in
      answer.errorCode = part.code
      answer.records = part.records
      answer.acquiredRecords = part.acquired.map { range in
        ShareFetchResponse.AcquiredRecords {
          $0.firstOffset = range.first
          $0.lastOffset = range.last
          $0.deliveryCount = range.deliveryCount
        }
      }
    }
  }

  mutating func add(acknowledgement code: ErrorCode, of place: SharePlace) {
    change(place) { $0.acknowledgeErrorCode = code }
  }

  private mutating func change(
    _ place: SharePlace, _ body: (inout ShareFetchResponse.Partition) -> Void
  ) {
    let topic = topics[place.topicID] ?? response.responses.count
    if topic == response.responses.count {
      topics[place.topicID] = topic
      response.responses.append(ShareFetchResponse.Topic { $0.topicID = place.topicID })
    }
    let index = partitions[place] ?? response.responses[topic].partitions.count
    if index == response.responses[topic].partitions.count {
      partitions[place] = index
      response.responses[topic].partitions.append(
        ShareFetchResponse.Partition { $0.partitionIndex = place.partition })
    }
    body(&response.responses[topic].partitions[index])
  }
}
