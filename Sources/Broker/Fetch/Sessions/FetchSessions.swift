import Cluster
import KafkaProtocol
import Platform
import Synchronization

/// Opens, finds and ends fetch sessions for the requests of all loops (KIP-227).
final class FetchSessions: Sendable {
  /// What a request turned out to be.
  enum Opening {
    /// It names all its partitions, and is answered without a session.
    case sessionless(FetchSession)
    /// It names all partitions of a new session.
    case full(SharedFetchSession, id: Int32, fetchNumber: Int)
    /// It says what has changed in its session.
    case incremental(SharedFetchSession, id: Int32, fetchNumber: Int)
    case refused(ErrorCode)
  }

  private let cache: Mutex<FetchSessionCache<SharedFetchSession>>
  private let clock: any Clock
  private let random: any RandomSource
  private let waitingLimit: Int
  private let waitingPartitions = Atomic<Int>(0)
  /// Sessions that made room for others (Kafka's IncrementalFetchSessionEvictionsPerSec).
  let evictions = Counter()

  init(_ config: ConfigSet, clock: any Clock, random: any RandomSource) {
    cache = Mutex(
      FetchSessionCache(
        slotLimit: config.int("max.incremental.fetch.session.cache.slots"),
        partitionLimit: config.int("varve.fetch.session.cache.partitions")))
    self.clock = clock
    self.random = random
    waitingLimit = config.int("varve.fetch.waiting.partitions")
  }

  /// Whether a fetch without a session that names so many partitions may wait for them; then it
  /// says when it is over with `left`. Waiting takes about 250 bytes a partition.
  func admits(waiting count: Int) -> Bool {
    let (_, total) = waitingPartitions.add(count, ordering: .relaxed)
    if total <= waitingLimit || count == 0 { return true }
    left(waiting: count)
    return false
  }

  func left(waiting count: Int) { waitingPartitions.subtract(count, ordering: .relaxed) }

  /// Sessions, and the partitions that they remember together (Kafka's
  /// NumIncrementalFetchSessions and NumIncrementalFetchPartitionsCached).
  var counts: (sessions: Int, partitions: Int) {
    cache.withLock { ($0.count, $0.partitionCount) }
  }

  /// Finds or makes the session of a request, and takes the request's partitions into it.
  func open(
    _ request: FetchRequest, usesTopicIDs: Bool, in table: TopicTable.Snapshot
  ) -> Opening {
    let ask = FetchSessionCache<SharedFetchSession>.Ask(
      id: request.sessionID, epoch: request.sessionEpoch, usesTopicIDs: usesTopicIDs)
    // Most clients never have a session: they do not pay for the lock.
    if ask.id == 0, ask.epoch == FetchSessionCache<SharedFetchSession>.finalEpoch {
      return sessionless(request, usesTopicIDs, table)
    }
    let (decision, ended) = cache.withLock { $0.begin(ask) }
    if let ended { ended.watch.close() }
    switch decision {
    case .sessionless: return sessionless(request, usesTopicIDs, table)
    case .full: return full(request, usesTopicIDs, table)
    case .incremental(let session): return incremental(session, request, table)
    case .refused(.unknownID): return .refused(.fetchSessionIDNotFound)
    case .refused(.wrongEpoch): return .refused(.invalidFetchSessionEpoch)
    case .refused(.otherTopicIDs): return .refused(.fetchSessionTopicIDError)
    }
  }

  private func sessionless(
    _ request: FetchRequest, _ usesTopicIDs: Bool, _ table: TopicTable.Snapshot
  ) -> Opening {
    var session = FetchSession(usesTopicIDs: usesTopicIDs, isKept: false)
    _ = session.begin(request, in: table)
    return .sessionless(session)
  }

  private func full(
    _ request: FetchRequest, _ usesTopicIDs: Bool, _ table: TopicTable.Snapshot
  ) -> Opening {
    let shared = SharedFetchSession(usesTopicIDs: usesTopicIDs)
    let (count, number) = shared.state.withLock { session in
      _ = session.begin(request, in: table)
      return (session.count, session.fetchNumber)
    }
    guard count > 0 else { return sessionless(request, usesTopicIDs, table) }
    // No replica of a one-broker cluster fetches from it, so no session is privileged.
    let new = FetchSessionCache<SharedFetchSession>.Newcomer(
      session: shared, partitionCount: count, usesTopicIDs: usesTopicIDs)
    let (id, evicted) = cache.withLock { $0.add(new, now: now, random: random) }
    if let evicted {
      evictions.add()
      evicted.watch.close()
    }
    guard let id else {
      return .sessionless(
        shared.state.withLock { session in
          session.isKept = false
          return session
        })
    }
    return .full(shared, id: id, fetchNumber: number)
  }

  private func incremental(
    _ shared: SharedFetchSession, _ request: FetchRequest, _ table: TopicTable.Snapshot
  ) -> Opening {
    let (unwatched, count, number) = shared.state.withLock { session in
      (session.begin(request, in: table), session.count, session.fetchNumber)
    }
    for watched in unwatched { watched.partition.watchers.remove(shared.watch, slot: watched.slot) }
    // A fetch that still waits in the session has been overtaken.
    shared.watch.wake()
    if count == 0 {
      forget(request.sessionID)
      return .sessionless(FetchSession(usesTopicIDs: true, isKept: false))
    }
    let isKept = cache.withLock {
      $0.touch(request.sessionID, partitionCount: count, now: now)
    }
    if isKept {
      return .incremental(shared, id: request.sessionID, fetchNumber: number)
    }
    shared.watch.close()
    return .refused(.fetchSessionIDNotFound)
  }

  /// Ends a session.
  func forget(_ id: Int32) { cache.withLock { $0.remove(id) }?.watch.close() }

  private var now: Int64 { clock.monotonicNanoseconds() / 1_000_000 }
}
