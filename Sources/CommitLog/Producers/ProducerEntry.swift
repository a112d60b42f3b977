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
  /// The youngest timestamp of its last batch, or that of its last marker.
  var lastTimestamp: Int64 = -1
  /// The epoch of the coordinator that ended its last transaction; −1 when none has.
  var coordinatorEpoch: Int32 = -1
  /// Where its open transaction begins; nil when none is open.
  var transactionStart: Offset?
  /// Where its last marker stands, as far as this process has seen it; −1 when it has seen none.
  var lastMarker = Offset(-1)
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
