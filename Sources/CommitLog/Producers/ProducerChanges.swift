import Records

/// What an append has changed of the producers, as it was before.
struct ProducerChanges: Sendable {
  private struct Change {
    let producerID: Int64
    let entry: ProducerEntry?
  }

  let transactions: [OpenTransaction]
  let haveTransactionsChanged: Bool
  let forgottenMarkers: Offset
  /// In the order in which they were made, those before some producers were forgotten.
  private var changes: [Change] = []
  /// All producers, as they were just before some were forgotten.
  private var all: [Int64: ProducerEntry]?
  private var sentBack: [Int64: SentBackBatch] = [:]

  init(
    _ transactions: [OpenTransaction], _ haveTransactionsChanged: Bool, _ forgottenMarkers: Offset
  ) {
    self.transactions = transactions
    self.haveTransactionsChanged = haveTransactionsChanged
    self.forgottenMarkers = forgottenMarkers
  }

  /// Takes down what a producer is before it changes; nil where there is none.
  mutating func note(_ producerID: Int64, _ entry: ProducerEntry?, _ sentBack: SentBackBatch?) {
    if let sentBack { self.sentBack[producerID] = sentBack }
    guard all == nil else { return }
    changes.append(Change(producerID: producerID, entry: entry))
  }

  /// Takes down all producers before some are forgotten.
  mutating func note(all entries: [Int64: ProducerEntry]) {
    if all == nil { all = entries }
  }

  /// Puts back what has changed.
  func restore(_ entries: inout [Int64: ProducerEntry], _ sentBack: inout [Int64: SentBackBatch]) {
    if let all { entries = all }
    for change in changes.reversed() { entries[change.producerID] = change.entry }
    for (id, batch) in self.sentBack { sentBack[id] = batch }
  }
}
