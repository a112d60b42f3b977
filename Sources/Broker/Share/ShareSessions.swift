import Cluster
import KafkaProtocol
import Records
import Synchronization

/// A partition in a share session.
struct SharePlace: Hashable, Sendable {
  let topicID: TopicID
  let partition: PartitionID
}

/// The share sessions of members (KIP-932): which partitions each fetches, and the number of its
/// next request. Thread-safe.
final class ShareSessions: Sendable {
  /// Whose session it is.
  struct Key: Hashable, Sendable {
    let group: String
    let member: String
  }

  /// What a request with this epoch opens; −1 closes.
  private static let initialEpoch: Int32 = 0
  private static let finalEpoch: Int32 = -1

  /// What a request finds.
  struct Turn: Equatable, Sendable {
    /// All partitions of the session, another one first each time.
    var places: [SharePlace] = []
    /// The session ends with this request.
    var isFinal = false
  }

  struct Refusal: Error, Equatable {
    let code: ErrorCode
    let message: String
  }

  private struct Session {
    /// Which connection it belongs to: with that it ends.
    var connection: Int64
    /// The number of the next request.
    var epoch: Int32 = 1
    var places: [SharePlace]
  }

  /// All sessions.
  private struct Table {
    private(set) var sessions: [Key: Session] = [:]
    /// Partitions of all sessions together.
    private(set) var placeCount = 0

    subscript(_ key: Key) -> Session? {
      get { sessions[key] }
      set {
        placeCount += (newValue?.places.count ?? 0) - (sessions[key]?.places.count ?? 0)
        sessions[key] = newValue
      }
    }

    mutating func remove(_ key: Key) -> Session? {
      defer { self[key] = nil }
      return sessions[key]
    }
  }

  private let limit: Int
  private let placeLimit: Int
  private let totalLimit: Int
  private let table = Mutex(Table())

  /// - Parameters:
  ///   - limit: the most sessions (`group.share.max.share.sessions`).
  ///   - placeLimit: the most partitions of one (`varve.fetch.max.partitions`).
  ///   - totalLimit: the most partitions of all (`varve.share.session.partitions`).
  init(limit: Int, placeLimit: Int, totalLimit: Int) {
    self.limit = limit
    self.placeLimit = placeLimit
    self.totalLimit = totalLimit
  }

  /// How many there are, and how many partitions they have together.
  var counts: (sessions: Int, partitions: Int) {
    table.withLock { ($0.sessions.count, $0.placeCount) }
  }

  /// Finds or makes the session of a share fetch, and takes the request's partitions into it.
  func fetch(
    _ key: Key, _ request: ShareFetchRequest, connection: Int64
  ) -> Result<Turn, Refusal> {
    let asked = request.topics.flatMap { topic in
      topic.partitions.map { SharePlace(topicID: topic.topicID, partition: $0.partitionIndex) }
    }
    let forgotten = request.forgottenTopicsData.flatMap { topic in
      topic.partitions.map { SharePlace(topicID: topic.topicID, partition: $0) }
    }
    return table.withLock { table in
      switch request.shareSessionEpoch {
      case Self.finalEpoch: return Self.end(key, &table)
      case Self.initialEpoch:
        let acknowledges = request.topics.contains { topic in
          topic.partitions.contains { !$0.acknowledgementBatches.isEmpty }
        }
        if acknowledges {
          return .failure(
            Refusal(
              code: .invalidRequest,
              message: "A request that opens a share session cannot acknowledge anything."))
        }
        return open(key, asked, connection, &table)
      default:
        return Self.turn(key, request.shareSessionEpoch, &table) { session, others in
          session.connection = connection
          return change(&session, asked, forgotten, others: others)
        }
      }
    }
  }

  /// Finds the session of a ShareAcknowledge, which opens none.
  func acknowledge(_ key: Key, epoch: Int32) -> Result<Turn, Refusal> {
    table.withLock { table in
      switch epoch {
      case Self.finalEpoch: Self.end(key, &table)
      case Self.initialEpoch:
        .failure(
          Refusal(
            code: .invalidShareSessionEpoch, message: "ShareAcknowledge opens no share session."))
      default: Self.turn(key, epoch, &table) { _, _ in nil }
      }
    }
  }

  /// A connection is gone, and with it the sessions that were last used on it.
  ///
  /// - Returns: whose they were, with their partitions.
  func connectionClosed(_ connection: Int64) -> [(Key, [SharePlace])] {
    table.withLock { table in
      let ended = table.sessions.filter { $0.value.connection == connection }.keys
      return ended.map { ($0, table.remove($0)?.places ?? []) }
    }
  }

  // MARK: Under the lock

  private func open(
    _ key: Key, _ asked: [SharePlace], _ connection: Int64, _ table: inout Table
  ) -> Result<Turn, Refusal> {
    guard table[key] != nil || table.sessions.count < limit else {
      return .failure(
        Refusal(
          code: .shareSessionLimitReached,
          message: "There are \(limit) share sessions (group.share.max.share.sessions)."))
    }
    var session = Session(connection: connection, places: [])
    let others = table.placeCount - (table[key]?.places.count ?? 0)
    if let refusal = change(&session, asked, [], others: others) { return .failure(refusal) }
    table[key] = session
    return .success(Turn(places: session.places))
  }

  /// Takes partitions in and out; says why not.
  ///
  /// - Parameter others: partitions of the other sessions.
  private func change(
    _ session: inout Session, _ asked: [SharePlace], _ forgotten: [SharePlace], others: Int
  ) -> Refusal? {
    if asked.isEmpty, forgotten.isEmpty { return nil }
    var known = Set(session.places)
    let added = asked.filter { known.insert($0).inserted }
    let gone = Set(forgotten)
    let places = (session.places + added).filter { !gone.contains($0) }
    guard places.count <= placeLimit else {
      return Refusal(
        code: .invalidRequest,
        message: "A share session has \(placeLimit) partitions at most "
          + "(varve.fetch.max.partitions).")
    }
    guard places.count <= session.places.count || others + places.count <= totalLimit else {
      return Refusal(
        code: .shareSessionLimitReached,
        message: "All share sessions have \(totalLimit) partitions together at most "
          + "(varve.share.session.partitions).")
    }
    session.places = places
    return nil
  }

  private static func turn(
    _ key: Key, _ epoch: Int32, _ table: inout Table,
    _ change: (inout Session, _ others: Int) -> Refusal?
  ) -> Result<Turn, Refusal> {
    guard var session = table[key] else { return .failure(.notFound) }
    guard session.epoch == epoch else {
      return .failure(
        Refusal(
          code: .invalidShareSessionEpoch,
          message: "The share session expects epoch \(session.epoch), not \(epoch)."))
    }
    let others = table.placeCount - session.places.count
    if let refusal = change(&session, others) { return .failure(refusal) }
    session.epoch = epoch == .max ? 1 : epoch + 1
    table[key] = session
    // Whoever came first this time comes last the next time.
    let first = session.places.isEmpty ? 0 : Int(epoch) % session.places.count
    return .success(Turn(places: Array(session.places[first...] + session.places[..<first])))
  }

  private static func end(
    _ key: Key, _ table: inout Table
  ) -> Result<Turn, Refusal> {
    guard let session = table.remove(key) else { return .failure(.notFound) }
    return .success(Turn(places: session.places, isFinal: true))
  }
}

extension ShareSessions.Refusal {
  fileprivate static let notFound = ShareSessions.Refusal(
    code: .shareSessionNotFound, message: "The member has no share session.")
}
