import Records

/// The producers of one partition: what makes a retried batch a duplicate, and a lost one an error
/// (KIP-98); and their transactions.
struct ProducerState: Sendable {
  enum Verdict: Equatable {
    case fresh
    case duplicate(ProducerBatch)
    case outOfOrderSequence
    case invalidProducerEpoch
    case invalidTransactionState
    case coordinatorFenced
  }

  private(set) var entries: [Int64: ProducerEntry] = [:]
  /// By first offset.
  private(set) var transactions: [OpenTransaction] = []
  private var haveTransactionsChanged = false
  /// No producer that is not in `entries` has a marker at or above it.
  private var forgottenMarkers = Offset(-1)
  /// Of producers that are not in `entries`: the first batch that is to come again.
  private var sentBack: [Int64: SentBackBatch] = [:]
  /// What `takeBackChanges` restores; nil while nothing is noted.
  private var before: ProducerChanges?

  /// Judges a batch with a producer id; changes nothing.
  func check(_ batch: BatchAppend) -> Verdict {
    let header = batch.header
    let entry = entries[header.producerID]
    if let entry, header.producerEpoch < entry.epoch { return .invalidProducerEpoch }
    if let marker = batch.marker {
      let isFenced = marker.coordinatorEpoch < entry?.coordinatorEpoch ?? -1
      return isFenced ? .coordinatorFenced : .fresh
    }
    let isSameEpoch = entry?.epoch == header.producerEpoch
    if batch.origin != .coordinator {
      guard header.baseSequence >= 0 else { return .outOfOrderSequence }
      if isSameEpoch,
        let known = entry?.find(first: header.baseSequence, last: header.lastSequence)
      {
        return .duplicate(known)
      }
    }
    let isOpen = entry?.transactionStart != nil
    if header.isTransactional {
      // Nothing begins a transaction that the coordinator does not know of.
      guard isOpen && isSameEpoch || isValid(batch.verification, entry) else {
        return .invalidTransactionState
      }
    } else if isOpen {
      return .invalidTransactionState
    }
    return batch.origin == .coordinator ? .fresh : checkSequence(header, entry, batch.origin)
  }

  private func checkSequence(
    _ header: BatchHeader, _ entry: ProducerEntry?, _ origin: AppendOrigin
  ) -> Verdict {
    let first = header.baseSequence
    guard let entry else {
      // What follows a batch that was sent back must not be taken for the beginning.
      if sentBack[header.producerID]?.mustPrecede(header) == true { return .outOfOrderSequence }
      // With transactions V2 each one begins with 0, and something else means a lost batch.
      return origin == .clientV2 && header.isTransactional && first != 0
        ? .outOfOrderSequence : .fresh
    }
    if header.producerEpoch > entry.epoch { return first == 0 ? .fresh : .outOfOrderSequence }
    let expected = ProducerState.sequence(after: entry.last?.lastSequence ?? -1)
    return first == expected ? .fresh : .outOfOrderSequence
  }

  /// Whether no marker has come since the guard was taken.
  private func isValid(_ verification: VerificationGuard?, _ entry: ProducerEntry?) -> Bool {
    guard let verification else { return false }
    return entry?.lastMarker ?? forgottenMarkers < verification.taken
  }

  /// Takes an appended (or replayed) batch into account; `header` bears its final offsets.
  mutating func record(_ header: BatchHeader, now: Int64, limit: Int) {
    update(header.producerID, epoch: header.producerEpoch, now: now, limit: limit) { entry in
      entry.lastTimestamp = header.maxTimestamp
      // What a coordinator writes has no sequence numbers.
      guard header.baseSequence >= 0 else { return }
      entry.add(
        ProducerBatch(
          lastSequence: header.lastSequence, lastOffset: header.lastOffset,
          offsetDelta: header.lastOffsetDelta))
    }
    if header.isTransactional { begin(header) }
  }

  private mutating func begin(_ header: BatchHeader) {
    if entries[header.producerID]?.transactionStart != nil {
      // A batch of a newer epoch goes on in the same transaction.
      let index = transactions.firstIndex { $0.producerID == header.producerID }
      guard let index, transactions[index].producerEpoch != header.producerEpoch else { return }
      transactions[index].producerEpoch = header.producerEpoch
    } else {
      entries[header.producerID]?.transactionStart = header.baseOffset
      transactions.append(
        OpenTransaction(
          producerID: header.producerID, producerEpoch: header.producerEpoch,
          firstOffset: header.baseOffset))
    }
    haveTransactionsChanged = true
  }

  /// Takes a marker at `offset` into account; gives the transaction if it aborts one that has
  /// records here.
  ///
  /// - Parameter timestamp: The marker's own.
  mutating func end(
    _ marker: TransactionMarker, at offset: Offset, timestamp: Int64, now: Int64, limit: Int
  ) -> AbortedTransaction? {
    update(marker.producerID, epoch: marker.producerEpoch, now: now, limit: limit) { entry in
      entry.coordinatorEpoch = marker.coordinatorEpoch
      entry.lastTimestamp = timestamp
      entry.transactionStart = nil
      entry.lastMarker = offset
    }
    guard let index = transactions.firstIndex(where: { $0.producerID == marker.producerID }) else {
      return nil
    }
    let ended = transactions.remove(at: index)
    haveTransactionsChanged = true
    guard marker.outcome == .abort else { return nil }
    return AbortedTransaction(
      producerID: ended.producerID, firstOffset: ended.firstOffset, lastOffset: offset,
      lastStableOffset: transactions.first?.firstOffset ?? offset + 1)
  }

  private mutating func update(
    _ producerID: Int64, epoch: Int16, now: Int64, limit: Int,
    _ change: (inout ProducerEntry) -> Void
  ) {
    let isNew = entries[producerID] == nil
    before?.note(producerID, entries[producerID], isNew ? sentBack[producerID] : nil)
    if isNew { sentBack[producerID] = nil }
    if isNew && entries.count >= limit { evict(to: limit - limit / 16 - 1) }
    var blank = ProducerEntry(epoch: epoch, lastAppendMilliseconds: now)
    blank.lastMarker = forgottenMarkers
    ProducerState.update(&entries[producerID, default: blank], epoch, now, change)
  }

  private static func update(
    _ entry: inout ProducerEntry, _ epoch: Int16, _ now: Int64,
    _ change: (inout ProducerEntry) -> Void
  ) {
    if entry.epoch != epoch {
      entry.epoch = epoch
      entry.forgetBatches()
    }
    entry.lastAppendMilliseconds = now
    change(&entry)
  }

  /// Notes all changes from here on, until they are kept or taken back: those of an append whose
  /// write may fail.
  mutating func noteChanges() {
    before = ProducerChanges(transactions, haveTransactionsChanged, forgottenMarkers)
  }

  mutating func keepChanges() { before = nil }

  /// Makes the producers what they were when `noteChanges` was called.
  mutating func takeBackChanges() {
    guard let before else { return }
    before.restore(&entries, &sentBack)
    transactions = before.transactions
    haveTransactionsChanged = before.haveTransactionsChanged
    forgottenMarkers = before.forgottenMarkers
    self.before = nil
  }

  /// The open transactions, if they have changed since the last call.
  mutating func takeChangedTransactions() -> [OpenTransaction]? {
    guard haveTransactionsChanged else { return nil }
    haveTransactionsChanged = false
    return transactions
  }

  /// Forgets producers that have been idle for `expiration` milliseconds, but none with an open
  /// transaction.
  mutating func expire(now: Int64, expiration: Int64) {
    let isOver = entries.contains {
      $0.value.transactionStart == nil && now - $0.value.lastAppendMilliseconds >= expiration
    }
    if isOver { forget { now - $0.lastAppendMilliseconds >= expiration } }
    if !sentBack.isEmpty {
      sentBack = sentBack.filter { now - $0.value.milliseconds < expiration }
    }
  }

  /// Notes a batch whose producer is to send it again, so that none of its later ones, which may be
  /// under way, is taken for the first (Kafka's lowest sequence of a verification).
  mutating func sendBack(_ header: BatchHeader, now: Int64, limit: Int) {
    let id = header.producerID
    guard entries[id] == nil, sentBack[id]?.mustPrecede(header) != true else { return }
    if sentBack.count >= limit, sentBack[id] == nil,
      let oldest = sentBack.min(by: { $0.value.milliseconds < $1.value.milliseconds })
    {
      sentBack[oldest.key] = nil
    }
    sentBack[id] = SentBackBatch(
      epoch: header.producerEpoch, sequence: header.baseSequence, milliseconds: now)
  }

  /// Forgets all producers of a log that goes on at `start`, above its old end: guards taken there
  /// are void.
  mutating func removeAll(goingOnAt start: Offset) {
    entries = [:]
    transactions = []
    sentBack = [:]
    haveTransactionsChanged = false
    forgottenMarkers = Offset(start.rawValue - 1)
  }

  /// Puts an entry read from a snapshot in place; the one of the oldest transaction first.
  mutating func restore(_ producerID: Int64, _ entry: ProducerEntry) {
    entries[producerID] = entry
    guard let start = entry.transactionStart else { return }
    let open = OpenTransaction(
      producerID: producerID, producerEpoch: entry.epoch, firstOffset: start)
    let index = transactions.firstIndex { $0.firstOffset > start } ?? transactions.count
    transactions.insert(open, at: index)
  }

  private mutating func forget(_ isGone: (ProducerEntry) -> Bool) {
    before?.note(all: entries)
    entries = entries.filter { _, entry in
      guard entry.transactionStart == nil, isGone(entry) else { return true }
      forgottenMarkers = max(forgottenMarkers, entry.lastMarker)
      return false
    }
  }

  /// Sequence numbers go from the highest Int32 on to 0.
  private static func sequence(after last: Int32) -> Int32 { last == .max ? 0 : last + 1 }

  /// Keeps the `count` producers that wrote last: many at once, so that it is seldom done. Those
  /// with an open transaction stay beyond that.
  private mutating func evict(to count: Int) {
    let idle = entries.values.filter { $0.transactionStart == nil }
    var left = max(0, count - (entries.count - idle.count))
    let times = idle.map(\.lastAppendMilliseconds).sorted(by: >)
    guard left < times.count else { return }
    let cutoff = times[left]
    let younger = times[..<left].firstIndex { $0 == cutoff } ?? left
    left -= younger
    // Of those at the cutoff itself as many stay as fit.
    forget { entry in
      if entry.lastAppendMilliseconds != cutoff { return entry.lastAppendMilliseconds < cutoff }
      left -= 1
      return left < 0
    }
  }
}
