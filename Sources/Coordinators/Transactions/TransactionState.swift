/// The states of a transactional id, under Kafka's numbers and names.
package enum TransactionState: Int8, CaseIterable, Sendable {
  /// Its producer is known and has begun nothing.
  case empty = 0
  /// A transaction is open.
  case ongoing = 1
  /// It is decided to commit; markers are on their way.
  case prepareCommit = 2
  /// It is decided to abort; markers are on their way.
  case prepareAbort = 3
  /// The last transaction committed, and every partition knows.
  case completeCommit = 4
  /// The last transaction aborted, and every partition knows.
  case completeAbort = 5
  /// It has expired; never written by this broker.
  case dead = 6
  /// Its producer is being fenced; never written.
  case prepareEpochFence = 7

  /// What clients are told.
  package var name: String {
    switch self {
    case .empty: "Empty"
    case .ongoing: "Ongoing"
    case .prepareCommit: "PrepareCommit"
    case .prepareAbort: "PrepareAbort"
    case .completeCommit: "CompleteCommit"
    case .completeAbort: "CompleteAbort"
    case .dead: "Dead"
    case .prepareEpochFence: "PrepareEpochFence"
    }
  }

  /// Whether an outcome is decided and not every partition knows it.
  package var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
}
