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

  private let limit: Int
  private let placeLimit: Int
  private let sessions = Mutex<[Key: Session]>([:])

  /// - Parameters:
  ///   - limit: the most sessions (`group.share.max.share.sessions`).
  ///   - placeLimit: the most partitions of one (`varve.fetch.max.partitions`).
  init(limit: Int, placeLimit: Int) {
    self.limit = limit
    self.placeLimit = placeLimit
  }

  var count: Int { sessions.withLock { $0.count } }

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
    return sessions.withLock { sessions in
      switch request.shareSessionEpoch {
      case Self.finalEpoch: return Self.end(key, &sessions)
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
        return open(key, asked, connection, &sessions)
      default:
        return Self.turn(key, request.shareSessionEpoch, &sessions) { session in
          session.connection = connection
          return change(&session, asked, forgotten)
        }
      }
    }
  }

  /// Finds the session of a ShareAcknowledge, which opens none.
  func acknowledge(_ key: Key, epoch: Int32) -> Result<Turn, Refusal> {
    sessions.withLock { sessions in
      switch epoch {
      case Self.finalEpoch: Self.end(key, &sessions)
      case Self.initialEpoch:
        .failure(
          Refusal(
            code: .invalidShareSessionEpoch, message: "ShareAcknowledge opens no share session."))
      default: Self.turn(key, epoch, &sessions) { _ in nil }
      }
    }
  }

  /// The connection is gone, and with it the session, unless that has moved to another.
  ///
  /// - Returns: the partitions of the session.
  func connectionClosed(_ key: Key, connection: Int64) -> [SharePlace] {
    sessions.withLock { sessions in
      guard sessions[key]?.connection == connection else { return [] }
      return sessions.removeValue(forKey: key)?.places ?? []
    }
  }

  // MARK: Under the lock

  private func open(
    _ key: Key, _ asked: [SharePlace], _ connection: Int64, _ sessions: inout [Key: Session]
  ) -> Result<Turn, Refusal> {
    guard sessions[key] != nil || sessions.count < limit else {
      return .failure(
        Refusal(
          code: .shareSessionLimitReached,
          message: "There are \(limit) share sessions (group.share.max.share.sessions)."))
    }
    var session = Session(connection: connection, places: [])
    if let refusal = change(&session, asked, []) { return .failure(refusal) }
    sessions[key] = session
    return .success(Turn(places: session.places))
  }

  /// Takes partitions in and out; says why not.
  private func change(
    _ session: inout Session, _ asked: [SharePlace], _ forgotten: [SharePlace]
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
    session.places = places
    return nil
  }

  private static func turn(
    _ key: Key, _ epoch: Int32, _ sessions: inout [Key: Session],
    _ change: (inout Session) -> Refusal?
  ) -> Result<Turn, Refusal> {
    guard var session = sessions[key] else { return .failure(.notFound) }
    guard session.epoch == epoch else {
      return .failure(
        Refusal(
          code: .invalidShareSessionEpoch,
          message: "The share session expects epoch \(session.epoch), not \(epoch)."))
    }
    if let refusal = change(&session) { return .failure(refusal) }
    session.epoch = epoch == .max ? 1 : epoch + 1
    sessions[key] = session
    // Whoever came first this time comes last the next time.
    let first = session.places.isEmpty ? 0 : Int(epoch) % session.places.count
    return .success(Turn(places: Array(session.places[first...] + session.places[..<first])))
  }

  private static func end(
    _ key: Key, _ sessions: inout [Key: Session]
  ) -> Result<Turn, Refusal> {
    guard let session = sessions.removeValue(forKey: key) else { return .failure(.notFound) }
    return .success(Turn(places: session.places, isFinal: true))
  }
}

extension ShareSessions.Refusal {
  fileprivate static let notFound = ShareSessions.Refusal(
    code: .shareSessionNotFound, message: "The member has no share session.")
}
