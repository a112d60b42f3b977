import KafkaProtocol

@testable import Coordinators

/// A transactional client: what it wants next, and what it has been told.
struct SimulatedProducer {
  enum Phase: Equatable {
    case mustInitialize
    case idle
    /// Writes to these partitions, the first of them next.
    case writing([Int])
    case ending(commits: Bool)
  }

  let number: Int
  let transactionalID: String
  /// 2 for clients of transactions V2.
  let version: Int16
  var phase = Phase.mustInitialize
  var identity: ProducerIdentity?
  /// The number of its transaction, unique among all.
  var transaction = -1
  /// Whether a request of it is under way.
  var isWaiting = false
  /// When it asks again; virtual milliseconds.
  var nextTry: Int64 = 0
  /// Partitions that hold what it wrote, as it was told.
  var written: [Int] = []

  /// Another has taken over, or nothing else helps: it begins anew.
  mutating func restart() {
    phase = .mustInitialize
    identity = nil
    written = []
  }
}
