import Platform

/// The fetch sessions of a broker by id (KIP-227): which may be used, which must make room. Pure;
/// the rules of eviction are Kafka's.
///
/// Two limits bound what sessions may take: their number, and the partitions that they remember
/// together. A fetch that gets no session is answered all the same, with session id 0.
struct FetchSessionCache<Session: Sendable>: Sendable {
  /// What a session id and epoch amount to.
  enum Decision: Sendable {
    /// The fetch names all its partitions and wants a session, if there is room.
    case full
    /// The fetch names all its partitions and wants no session.
    case sessionless
    /// The fetch names what has changed in its session.
    case incremental(Session)
    /// The session is gone, or has gone on without this client.
    case refused(Refusal)
  }

  /// Why a session cannot be used.
  enum Refusal: Sendable { case unknownID, wrongEpoch, otherTopicIDs }

  /// What a client asks with.
  struct Ask: Sendable {
    var id: Int32 = 0
    var epoch: Int32 = -1
    /// Whether the request's version names topics by id.
    var usesTopicIDs = false
  }

  /// A session that wants to be kept.
  struct Newcomer: Sendable {
    let session: Session
    let partitionCount: Int
    let usesTopicIDs: Bool
    /// It belongs to a replica: only another such may push it out.
    var isPrivileged = false
  }

  private struct Entry: Sendable {
    let session: Session
    let usesTopicIDs: Bool
    let isPrivileged: Bool
    /// In milliseconds of the monotonic clock.
    let createdAt: Int64
    var usedAt: Int64
    var partitionCount: Int
    /// What the next fetch must come with.
    var epoch: Int32

    /// The order in which old sessions are pushed out: Kafka's EvictableKey.
    func key(_ id: Int32) -> (Int, Int, Int32) { (isPrivileged ? 1 : 0, partitionCount, id) }
  }

  /// Asks for a session.
  static var initialEpoch: Int32 { 0 }
  /// Ends a session, or asks for none.
  static var finalEpoch: Int32 { -1 }

  private let slotLimit: Int
  private let partitionLimit: Int
  private let evictionMilliseconds: Int64
  private var entries: [Int32: Entry] = [:]
  /// Partitions that all sessions remember together.
  private(set) var partitionCount = 0

  /// - Parameters:
  ///   - slotLimit: `max.incremental.fetch.session.cache.slots`.
  ///   - partitionLimit: `varve.fetch.session.cache.partitions`.
  ///   - evictionMilliseconds: Kafka's 120 s: a session unused for so long makes room for any, and
  ///     one as old as this for a larger one.
  init(slotLimit: Int, partitionLimit: Int, evictionMilliseconds: Int64 = 120_000) {
    self.slotLimit = slotLimit
    self.partitionLimit = partitionLimit
    self.evictionMilliseconds = evictionMilliseconds
  }

  var count: Int { entries.count }

  /// Decides what a fetch is, and moves its session's epoch on.
  ///
  /// - Returns: the decision, and the session that the fetch ends, if it names one.
  mutating func begin(_ ask: Ask) -> (Decision, ended: Session?) {
    guard ask.epoch != Self.initialEpoch, ask.epoch != Self.finalEpoch else {
      return (ask.epoch == Self.initialEpoch ? .full : .sessionless, ended: remove(ask.id))
    }
    guard let entry = entries[ask.id] else { return (.refused(.unknownID), ended: nil) }
    guard entry.epoch == ask.epoch else { return (.refused(.wrongEpoch), ended: nil) }
    guard entry.usesTopicIDs == ask.usesTopicIDs else {
      return (.refused(.otherTopicIDs), ended: nil)
    }
    entries[ask.id]?.epoch = Self.epoch(after: ask.epoch)
    return (.incremental(entry.session), ended: nil)
  }

  /// The epoch of the fetch that follows one: after the last number the count goes on at 1, for 0
  /// asks for a new session.
  static func epoch(after epoch: Int32) -> Int32 { epoch == .max ? 1 : epoch + 1 }

  /// Notes that a session was used, and how many partitions it remembers now.
  ///
  /// - Returns: false when it has outgrown the limit and was removed, or is gone.
  mutating func touch(_ id: Int32, partitionCount count: Int, now: Int64) -> Bool {
    guard var entry = entries[id] else { return false }
    guard partitionCount - entry.partitionCount + count <= partitionLimit else {
      _ = remove(id)
      return false
    }
    partitionCount += count - entry.partitionCount
    entry.partitionCount = count
    entry.usedAt = now
    entries[id] = entry
    return true
  }

  /// Keeps a new session if there is room, or somebody must make room for it.
  ///
  /// - Returns: its id, nil when there is no room; and the session that was pushed out for it.
  mutating func add(
    _ new: Newcomer, now: Int64, random: any RandomSource
  ) -> (id: Int32?, evicted: Session?) {
    guard new.partitionCount <= partitionLimit, slotLimit > 0 else { return (nil, evicted: nil) }
    var evicted: Session?
    let isFull =
      entries.count >= slotLimit || partitionCount + new.partitionCount > partitionLimit
    if isFull {
      guard let victim = victim(for: new, now: now) else { return (nil, evicted: nil) }
      evicted = remove(victim)
      // The partitions of one may not be enough; others go when the next newcomer asks.
      guard partitionCount + new.partitionCount <= partitionLimit else { return (nil, evicted) }
    }
    let id = newID(random)
    entries[id] = Entry(
      session: new.session, usesTopicIDs: new.usesTopicIDs, isPrivileged: new.isPrivileged,
      createdAt: now, usedAt: now, partitionCount: new.partitionCount,
      epoch: Self.epoch(after: Self.initialEpoch))
    partitionCount += new.partitionCount
    return (id, evicted)
  }

  /// Forgets a session.
  mutating func remove(_ id: Int32) -> Session? {
    guard let entry = entries.removeValue(forKey: id) else { return nil }
    partitionCount -= entry.partitionCount
    return entry.session
  }

  /// Whom a newcomer may push out: first whoever was not used for long; else the smallest of those
  /// that are old enough (for a replica's: of all that are no replica's), unless that one is larger
  /// than the newcomer.
  private func victim(for new: Newcomer, now: Int64) -> Int32? {
    var stalest: (id: Int32, usedAt: Int64)?
    var smallest: (id: Int32, key: (Int, Int, Int32))?
    for (id, entry) in entries {
      if (entry.usedAt, id) < (stalest?.usedAt ?? .max, stalest?.id ?? .max) {
        stalest = (id, entry.usedAt)
      }
      let isOld = now - entry.createdAt > evictionMilliseconds
      guard isOld || (new.isPrivileged && !entry.isPrivileged) else { continue }
      if smallest.map({ entry.key(id) < $0.key }) ?? true { smallest = (id, entry.key(id)) }
    }
    if let stalest, now - stalest.usedAt > evictionMilliseconds { return stalest.id }
    guard let smallest else { return nil }
    let key = (new.isPrivileged ? 1 : 0, new.partitionCount, Int32(0))
    return key < smallest.key ? nil : smallest.id
  }

  /// A random id that no session has: whoever guesses one could disturb another's session.
  private func newID(_ random: any RandomSource) -> Int32 {
    while true {
      let id = Int32(truncatingIfNeeded: random.next() & 0x7fff_ffff)
      if id != 0, entries[id] == nil { return id }
    }
  }
}
