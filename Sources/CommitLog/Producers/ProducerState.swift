import Records

/// One batch that an idempotent producer has written.
struct ProducerBatch: Sendable, Equatable {
  let lastSequence: Int32
  let lastOffset: Offset
  /// Kafka's `offsetDelta`: the batch's last offset less its base offset.
  let offsetDelta: Int32

  var baseOffset: Offset { Offset(lastOffset.rawValue - Int64(offsetDelta)) }
  var firstSequence: Int32 {
    let first = Int64(lastSequence) - Int64(offsetDelta)
    return Int32(first >= 0 ? first : first + Int64(Int32.max) + 1)
  }
}

/// What is known of one producer id in a partition.
struct ProducerEntry: Sendable {
  /// As many batches as a client may have in flight (KIP-98, KAFKA-5494).
  static let batchLimit = 5

  var epoch: Int16
  /// By the wall clock; what expiry and eviction go by.
  var lastAppendMilliseconds: Int64
  private var ring: InlineArray<5, ProducerBatch>
  private(set) var batchCount = 0
  private var oldest = 0

  init(epoch: Int16, lastAppendMilliseconds: Int64) {
    self.epoch = epoch
    self.lastAppendMilliseconds = lastAppendMilliseconds
    ring = .init(repeating: ProducerBatch(lastSequence: -1, lastOffset: Offset(-1), offsetDelta: 0))
  }

  var last: ProducerBatch? { batchCount == 0 ? nil : batch(batchCount - 1) }

  /// The remembered batches, the oldest at 0.
  func batch(_ index: Int) -> ProducerBatch { ring[(oldest + index) % ProducerEntry.batchLimit] }

  mutating func add(_ batch: ProducerBatch) {
    ring[(oldest + batchCount) % ProducerEntry.batchLimit] = batch
    if batchCount < ProducerEntry.batchLimit {
      batchCount += 1
    } else {
      oldest = (oldest + 1) % ProducerEntry.batchLimit
    }
  }

  mutating func forgetBatches() {
    batchCount = 0
    oldest = 0
  }

  /// The remembered batch with just this range of sequence numbers.
  func find(first: Int32, last: Int32) -> ProducerBatch? {
    for index in 0..<batchCount {
      let batch = batch(index)
      if batch.lastSequence == last && batch.firstSequence == first { return batch }
    }
    return nil
  }
}

/// The producers of one partition: what makes a retried batch a duplicate, and a lost one an error
/// (KIP-98).
struct ProducerState: Sendable {
  enum Verdict: Equatable {
    case fresh
    case duplicate(ProducerBatch)
    case outOfOrderSequence
    case invalidProducerEpoch
  }

  private(set) var entries: [Int64: ProducerEntry] = [:]

  /// Judges a batch with a producer id; changes nothing.
  func check(_ header: BatchHeader) -> Verdict {
    guard header.baseSequence >= 0 else { return .outOfOrderSequence }
    guard let entry = entries[header.producerID] else { return .fresh }
    if header.producerEpoch < entry.epoch { return .invalidProducerEpoch }
    if header.producerEpoch > entry.epoch {
      return header.baseSequence == 0 ? .fresh : .outOfOrderSequence
    }
    if let known = entry.find(first: header.baseSequence, last: header.lastSequence) {
      return .duplicate(known)
    }
    let expected = ProducerState.sequence(after: entry.last?.lastSequence ?? -1)
    return header.baseSequence == expected ? .fresh : .outOfOrderSequence
  }

  /// Takes an appended (or replayed) batch into account; `header` bears its final offsets.
  mutating func record(_ header: BatchHeader, now: Int64, limit: Int) {
    let batch = ProducerBatch(
      lastSequence: header.lastSequence, lastOffset: header.lastOffset,
      offsetDelta: header.lastOffsetDelta)
    let isNew = entries[header.producerID] == nil
    if isNew && entries.count >= limit { evict(to: limit - limit / 16 - 1) }
    let blank = ProducerEntry(epoch: header.producerEpoch, lastAppendMilliseconds: now)
    update(&entries[header.producerID, default: blank], header.producerEpoch, batch, now)
  }

  private func update(
    _ entry: inout ProducerEntry, _ epoch: Int16, _ batch: ProducerBatch, _ now: Int64
  ) {
    if entry.epoch != epoch {
      entry.epoch = epoch
      entry.forgetBatches()
    }
    entry.lastAppendMilliseconds = now
    entry.add(batch)
  }

  /// Forgets producers that have been idle for `expiration` milliseconds.
  mutating func expire(now: Int64, expiration: Int64) {
    let isOver = entries.contains { now - $0.value.lastAppendMilliseconds >= expiration }
    if isOver {
      entries = entries.filter { now - $0.value.lastAppendMilliseconds < expiration }
    }
  }

  mutating func removeAll() { entries = [:] }

  /// Puts an entry read from a snapshot in place.
  mutating func restore(_ producerID: Int64, _ entry: ProducerEntry) {
    entries[producerID] = entry
  }

  /// Sequence numbers go from the highest Int32 on to 0.
  private static func sequence(after last: Int32) -> Int32 { last == .max ? 0 : last + 1 }

  /// Keeps the `count` producers that wrote last: many at once, so that it is seldom done.
  private mutating func evict(to count: Int) {
    let times = entries.values.map(\.lastAppendMilliseconds).sorted(by: >)
    guard count < times.count else { return }
    var left = max(0, count)
    let cutoff = times[left]
    let younger = times[..<left].firstIndex { $0 == cutoff } ?? left
    left -= younger
    // Of those at the cutoff itself as many stay as fit.
    entries = entries.filter { _, entry in
      if entry.lastAppendMilliseconds != cutoff { return entry.lastAppendMilliseconds > cutoff }
      left -= 1
      return left >= 0
    }
  }
}
