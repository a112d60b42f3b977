import Lake
import Platform
import Records

/// Makes record batches of records that were read from the lake: the same offsets, timestamps,
/// keys, values, headers and leader epochs; no producer, no compression.
///
/// Batches cover the offsets without a gap: each reaches up to the next, so that a consumer that
/// asks for an offset that was aborted or compacted away still moves on. None reaches over offsets
/// of a later epoch than its own: a client that has read so far would find its position beyond the
/// end of the epoch it knows, and take the log for truncated (KIP-320).
struct BatchAssembly: ~Copyable {
  /// A batch is cut above this size, so that small fetches do not get large answers.
  private static let batchByteCount = 128 << 10

  private var builder = RecordBatchBuilder(capacity: 1 << 20)
  /// Where each batch begins in the bytes, with its base offset.
  private(set) var starts: [ColdRun.BatchStart] = []
  private var isOpen = false
  private var epoch = LeaderEpoch(-1)
  private var type = TimestampType.create
  private var appendTime: Int64 = 0
  /// The first offset that is not covered yet.
  private var next: Offset
  private let leaderEpochs: [SettledState.EpochStart]

  /// - Parameter leaderEpochs: ascending, as far as they concern what is read.
  init(from start: Offset, leaderEpochs: [SettledState.EpochStart]) {
    next = start
    self.leaderEpochs = leaderEpochs
  }

  /// Adds all rows; their offsets ascend and none lies below what is covered.
  mutating func append(_ columns: RecordColumns, from first: Int) throws(TieringError) {
    var headers = RecordHeadersWriter()
    for row in first..<columns.count {
      let offset = columns.offset(at: row)
      guard offset >= next else {
        throw .lake(.corrupt(file: "rows of the table", reason: "offset \(offset) comes twice"))
      }
      headers.removeAll()
      columns.forEachHeader(at: row) { headers.append(key: $0, value: $1) }
      let timestamp = columns.timestamp(at: row)
      let rowType: TimestampType = columns.timestampType(at: row) == 0 ? .create : .logAppend
      let rowEpoch = columns.leaderEpoch(at: row)
      if isOpen, mustCut(rowEpoch, rowType, timestamp) { try close(through: offset) }
      for _ in 0..<2 {
        // A batch begins where the covered offsets end, and cannot reach further than this.
        if !isOpen, offset.rawValue - next.rawValue > Int64(Int32.max) {
          cover(through: offset, rowEpoch)
        }
        if !isOpen { open(rowEpoch, rowType, timestamp) }
        let fits = builder.append(
          offset: offset, timestamp: timestamp, key: columns.key(at: row),
          value: columns.value(at: row), headers: headers.headers)
        if fits { break }
        try close(through: offset)
      }
      next = Offset(offset.rawValue + 1)
    }
  }

  /// Covers everything below `end` and hands the batches over.
  mutating func finish(through end: Offset) throws(TieringError) -> ByteBlock {
    if isOpen { try close(through: end) }
    cover(through: end, leaderEpochs.last { $0.start < end }?.epoch ?? LeaderEpoch(0))
    return builder.takeBlock()
  }

  /// Covers the offsets below `end`, of which there are no records, with control batches.
  private mutating func cover(through end: Offset, _ epoch: LeaderEpoch) {
    while next < end {
      starts.append(ColdRun.BatchStart(offset: next, position: builder.byteCount))
      let last = builder.appendGap(
        from: next, through: Offset(end.rawValue - 1), leaderEpoch: epoch)
      next = Offset(last.rawValue + 1)
    }
  }

  private func mustCut(_ epoch: LeaderEpoch, _ type: TimestampType, _ time: Int64) -> Bool {
    if builder.batchByteCount > Self.batchByteCount || epoch != self.epoch || type != self.type {
      return true
    }
    // Clients take a log-append batch's max timestamp for every record in it.
    return type == .logAppend && time != appendTime
  }

  private mutating func open(_ epoch: LeaderEpoch, _ type: TimestampType, _ time: Int64) {
    self.epoch = epoch
    self.type = type
    appendTime = time
    starts.append(ColdRun.BatchStart(offset: next, position: builder.byteCount))
    builder.begin(at: next, leaderEpoch: epoch, timestampType: type)
    isOpen = true
  }

  /// Ends the open batch; it covers the offsets below `end` that are of its epoch, if it can reach
  /// that far.
  private mutating func close(through end: Offset) throws(TieringError) {
    isOpen = false
    guard builder.recordCount > 0 else {
      throw .lake(.corrupt(file: "rows of the table", reason: "a record does not fit a batch"))
    }
    let following = leaderEpochs.first { $0.epoch > epoch }?.start ?? end
    let reached = max(next, min(end, following))
    if builder.stretch(through: Offset(reached.rawValue - 1)) { next = reached }
    do throws(BatchError) { try builder.finish() } catch {
      throw .lake(.corrupt(file: "rows of the table", reason: "\(error)"))
    }
  }
}
