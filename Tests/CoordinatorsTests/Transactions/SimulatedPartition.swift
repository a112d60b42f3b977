import Records

@testable import Coordinators

/// A partition's log as transactions see it: records, markers, and what a power cut takes.
struct SimulatedPartition {
  enum Entry: Equatable {
    case record(ProducerIdentity, transaction: Int)
    case marker(ProducerIdentity, commits: Bool)
  }

  private(set) var entries: [Entry] = []
  private(set) var syncedCount = 0

  mutating func sync() { syncedCount = entries.count }

  /// Loses some of what was not synced.
  mutating func crash(keeping count: Int) {
    entries.removeLast(entries.count - max(syncedCount, min(entries.count, count)))
    sync()
  }

  /// How many markers a producer id has: what a verification is good for.
  func markerCount(of id: Int64) -> Int {
    entries.count { if case .marker(let producer, _) = $0 { producer.id == id } else { false } }
  }

  private func highestEpoch(of id: Int64) -> Int16 {
    entries.reduce(-1) { highest, entry in
      switch entry {
      case .record(let producer, _), .marker(let producer, _):
        producer.id == id ? max(highest, producer.epoch) : highest
      }
    }
  }

  /// Appends a record of a verified transaction; false when the producer is fenced, or a marker has
  /// come since the verification began.
  mutating func append(
    _ transaction: Int, of producer: ProducerIdentity, verifiedAt markerCount: Int
  ) -> Bool {
    guard producer.epoch >= highestEpoch(of: producer.id),
      markerCount == self.markerCount(of: producer.id)
    else { return false }
    entries.append(.record(producer, transaction: transaction))
    return true
  }

  mutating func end(_ decided: DecidedTransaction) {
    guard decided.producer.epoch >= highestEpoch(of: decided.producer.id) else { return }
    entries.append(.marker(decided.producer, commits: decided.commits))
  }

  /// The outcome of every transaction that has records here; nil for one that is open.
  var outcomes: [Int: Bool?] {
    var outcomes: [Int: Bool?] = [:]
    var open: [Int64: [Int]] = [:]
    for entry in entries {
      switch entry {
      case .record(let producer, let transaction):
        open[producer.id, default: []].append(transaction)
        outcomes[transaction] = .some(nil)
      case .marker(let producer, let commits):
        for transaction in open.removeValue(forKey: producer.id) ?? [] {
          outcomes[transaction] = commits
        }
      }
    }
    return outcomes
  }
}
