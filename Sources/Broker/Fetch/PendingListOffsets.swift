import CommitLog
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// A ListOffsets request that looks for times, which reads from disk and from the lake.
final class PendingListOffsets: Sendable {
  /// Asks for the record with the greatest timestamp of the local log (KIP-734).
  static let maxTimestamp: Int64 = -3

  struct Search: Sendable {
    /// Its place in the answer.
    let topic: Int
    let index: Int
    let partition: Partition
    let timestamp: Int64
    /// Only what consumers of committed records see is found.
    let readsCommitted: Bool

    /// Where the search ends.
    var limit: Offset {
      readsCommitted ? partition.lastStableOffset : partition.highWatermark
    }
  }

  /// Searches of one request that are under way at once: one request must not fill the queues that
  /// all share.
  private static let concurrency = 8

  private struct State {
    var response: ListOffsetsResponse
    /// Those that have not begun, the next one last.
    var waiting: [Search] = []
    var running = 0
    /// A thread is starting searches; what ends meanwhile leaves starting more to it.
    var isStarting = false
    /// Those that are under way or wait, as (topic, index).
    var open: Set<Place> = []
    var isAnswered = false
  }

  /// A search's place in the answer.
  private struct Place: Hashable {
    let topic: Int
    let index: Int

    init(_ search: Search) {
      topic = search.topic
      index = search.index
    }
  }

  private let call: Call
  private let broker: BrokerContext
  private let state: Mutex<State>
  /// Touched on the loop's thread only.
  private nonisolated(unsafe) var timer: LoopTimer?

  init(call: Call, response: ListOffsetsResponse, broker: BrokerContext) {
    self.call = call
    self.broker = broker
    state = Mutex(State(response: response))
  }

  /// Answers when all are done or `timeoutMilliseconds` are over; on the loop's thread.
  func run(_ searches: [Search], timeoutMilliseconds: Int64) {
    state.withLock { state in
      state.waiting = searches.reversed()
      state.open = Set(searches.map(Place.init))
    }
    timer = call.loop.schedule(afterMilliseconds: timeoutMilliseconds) { self.giveUp() }
    startMore()
  }

  /// What the lake has not told yet gets REQUEST_TIMED_OUT: it may be away for long, and whatever
  /// the client asks next on its connection waits behind this answer.
  private func giveUp() {
    let response = state.withLock { state -> ListOffsetsResponse? in
      guard !state.isAnswered else { return nil }
      state.isAnswered = true
      state.waiting = []
      for place in state.open {
        state.response.topics[place.topic].partitions[place.index].errorCode = .requestTimedOut
      }
      return state.response
    }
    if let response { call.answer(response) }
  }

  private func startMore() {
    let isMine = state.withLock { state in
      defer { state.isStarting = true }
      return !state.isStarting
    }
    guard isMine else { return }
    while let search = next() { start(search) }
  }

  private func next() -> Search? {
    state.withLock { state in
      guard state.running < Self.concurrency, let search = state.waiting.popLast() else {
        state.isStarting = false
        return nil
      }
      state.running += 1
      return search
    }
  }

  /// Times grow with offsets only roughly, so the older tier is always asked first.
  private func start(_ search: Search) {
    let log = search.partition.log
    let border = log.localStartOffset
    guard search.timestamp != Self.maxTimestamp, border > log.logStartOffset else {
      return searchLocal(search, from: border)
    }
    broker.cold.lookup(search.partition, timestamp: search.timestamp, below: border) { result in
      switch result {
      case .success(let found?): self.finish(search) { $0.found(found) }
      case .success(nil): self.searchLocal(search, from: border)
      case .failure(let failure): self.finish(search) { $0.errorCode = failure.code }
      }
    }
  }

  /// - Parameter border: where the older tier's search ended. If local deletion has passed it in
  ///   the meantime, what lies between has been searched in neither tier.
  private func searchLocal(_ search: Search, from border: Offset) {
    let isQueued = broker.pool.submit { [self] in
      do throws(StorageError) {
        let found = try find(search)
        if search.partition.log.localStartOffset > border { return start(search) }
        finish(search) { entry in
          guard let found, found.offset < search.limit else { return }
          entry.offset = found.offset
          entry.timestamp = found.timestamp
          entry.leaderEpoch = found.leaderEpoch
        }
      } catch {
        broker.storageFailed(error, search.partition)
        finish(search) { $0.errorCode = .kafkaStorageError }
      }
    }
    if !isQueued { finish(search) { $0.errorCode = .requestTimedOut } }
  }

  private func find(_ search: Search) throws(StorageError) -> TimestampedOffset? {
    let decompressor = Decompressor()
    let log = search.partition.log
    return try search.timestamp == Self.maxTimestamp
      ? log.recordOfMaxTimestamp(decompressor: decompressor)
      : log.firstRecord(
        since: search.timestamp, from: log.logStartOffset, decompressor: decompressor)
  }

  private func finish(
    _ search: Search, _ change: (inout ListOffsetsResponse.Partition) -> Void
  ) {
    let complete: ListOffsetsResponse? = state.withLock { state in
      state.running -= 1
      guard !state.isAnswered else { return nil }
      change(&state.response.topics[search.topic].partitions[search.index])
      state.open.remove(Place(search))
      state.isAnswered = state.open.isEmpty
      return state.isAnswered ? state.response : nil
    }
    guard let complete else { return startMore() }
    call.answerFromAnywhere(complete)
    call.loop.post { self.endTimer() }
  }

  private func endTimer() {
    if let timer { call.loop.cancel(timer) }
    timer = nil
  }
}

extension ListOffsetsResponse.Partition {
  fileprivate mutating func found(_ lookup: ColdLookup) {
    offset = lookup.offset
    timestamp = lookup.timestamp
    leaderEpoch = lookup.leaderEpoch
  }
}
