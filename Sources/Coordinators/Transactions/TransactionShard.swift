import KafkaProtocol
import Records

/// All transactional ids of one partition of `__transaction_state`: a pure value, rebuilt by
/// replaying that partition.
package struct TransactionShard: Sendable {
  package let config: TransactionConfig
  package private(set) var machines: [String: TransactionMachine] = [:]

  package init(config: TransactionConfig) { self.config = config }

  // MARK: Loading

  /// Takes in a record of the log, in its order.
  package mutating func replay(_ record: TransactionRecord) {
    let id = record.transactionalID
    guard record.metadata != nil else {
      machines[id] = nil
      return
    }
    machines[id, default: TransactionMachine(transactionalID: id, config: config)].replay(record)
  }

  /// Ends the replay; to be done: these actions of these ids.
  package mutating func finishReplay(at time: Int64) -> [(id: String, [TransactionAction])] {
    machines.keys.sorted().map { ($0, machines[$0]?.resume(at: time) ?? []) }
      .filter { !$0.1.isEmpty }
  }

  // MARK: Events

  /// Hands an event to an id. One that does not exist yet is made for it, and forgotten again if
  /// nothing came of it.
  package mutating func handle(
    _ event: TransactionEvent, id: String, at time: Int64
  ) -> [TransactionAction] {
    let fresh = TransactionMachine(transactionalID: id, config: config)
    let actions = machines[id, default: fresh].handle(event, at: time)
    if machines[id]?.isDisposable == true { machines[id] = nil }
    return actions
  }

  /// Hands an event to every id; to be done: these actions of these ids.
  package mutating func handleAll(
    _ event: TransactionEvent, at time: Int64
  ) -> [(id: String, [TransactionAction])] {
    machines.keys.sorted().map { ($0, handle(event, id: $0, at: time)) }
      .filter { !$0.1.isEmpty }
  }

  // MARK: Queries

  /// What is known of an id; nil when nothing is.
  package func metadata(of id: String) -> TransactionMetadata? { machines[id]?.current }

  /// Every id that is known, in order.
  package var all: [(id: String, TransactionMetadata)] {
    machines.keys.sorted().compactMap { id in machines[id]?.current.map { (id, $0) } }
  }
}
