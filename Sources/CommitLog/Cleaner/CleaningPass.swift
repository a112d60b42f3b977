import Platform
import Records

/// Cleans a log once: learns the latest offset of each key in its dirty part, then writes every
/// segment up to there anew without what is superseded.
struct CleaningPass {
  private let log: PartitionLog
  private let plan: CleaningPlan
  private let config: LogConfig
  private let compaction: CompactionConfig
  private let resources: CleanerResources
  private let now: Int64
  private let reader: CleaningReader
  private let rewriter: BatchRewriter
  private let decompressor = Decompressor()
  private var report: CleaningReport

  init(
    _ log: PartitionLog, _ plan: CleaningPlan, _ config: LogConfig, _ compaction: CompactionConfig,
    _ resources: CleanerResources, now: Int64
  ) {
    self.log = log
    self.plan = plan
    self.config = config
    self.compaction = compaction
    self.resources = resources
    self.now = now
    reader = CleaningReader(resources)
    rewriter = BatchRewriter(decompressor: decompressor)
    report = CleaningReport(start: plan.start, end: plan.end)
  }

  /// Blocks on the disk. What has been exchanged when it throws stays so.
  mutating func run() throws(StorageError) -> CleaningReport {
    // Markers may go once the producers' newest batches are known: those stay.
    let producers = log.producerEnds
    let segments = log.segments.filter { !$0.isActive && $0.endOffset <= plan.end }
    let map = try OffsetMap(
      byteCount: resources.mapByteCount, loadFactor: resources.mapLoadFactor,
      keyLimit: Int(plan.end - plan.start), hasher: KeyHasher(resources.random),
      path: log.directory)
    try fill(map, from: segments.filter { $0.endOffset > plan.start })
    report.keys = map.count
    let rules = CleaningRules(
      now: now, deleteRetentionMilliseconds: compaction.deleteRetentionMilliseconds,
      mapEnd: report.end, producers: producers)
    let whole = segments.filter { $0.baseOffset < report.end }
    var filter = TransactionFilter()
    let groups = SegmentGroups(segmentBytes: config.segmentBytes, indexBytes: config.indexBytes)
      .ranges(of: whole.map { SegmentGroups.Segment($0) })
    for group in groups { try clean(Array(whole[group]), rules, map, &filter) }
    return report
  }

  // MARK: Learning

  /// Notes every key of the dirty segments, up to where the map is full.
  private mutating func fill(
    _ map: OffsetMap, from segments: [SegmentStatus]
  ) throws(StorageError) {
    var filter = TransactionFilter()
    for status in segments {
      filter.add(
        try log.abortedTransactions(from: status.baseOffset, below: status.endOffset))
      try reader.begin(status)
      while let (header, bytes) = try reader.next() {
        if header.isControl {
          _ = filter.verdict(on: header, try control(header, bytes))
        } else if !filter.isAborted(header), header.lastOffset >= plan.start {
          if let full = try note(header, bytes, in: map) {
            report.end = full
            report.isPartial = true
            return
          }
        }
      }
    }
  }

  /// Notes the keys of a batch; gives the offset of the first record that has no room any more.
  private func note(
    _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer, in map: OffsetMap
  ) throws(StorageError) -> Offset? {
    do throws(BatchError) {
      var records = try RecordIterator(batch: bytes, decompressor: decompressor)
      while let record = try records.next() {
        guard let key = record.key, record.offset >= plan.start else { continue }
        if !map.put(key, record.offset) { return record.offset }
      }
      return nil
    } catch { throw reader.undecodable(header, error) }
  }

  // MARK: Cleaning

  /// Writes the segments of a group anew, as one, and puts it in their place.
  private mutating func clean(
    _ group: [SegmentStatus], _ rules: CleaningRules, _ map: OffsetMap,
    _ filter: inout TransactionFilter
  ) throws(StorageError) {
    let cleaned = try CleanedSegment(
      replacing: group, log.fileSystem, directory: log.directory, config: config,
      resources: resources)
    do throws(StorageError) {
      var hasChanged = group.count > 1
      for (index, status) in group.enumerated() {
        filter.add(
          try log.abortedTransactions(from: status.baseOffset, below: status.endOffset))
        try reader.begin(status)
        while let (header, bytes) = try reader.next() {
          let endsSegment = reader.isAtEnd && index == group.count - 1
          let isCopy = try clean(
            header, bytes, rules, map, &filter, into: cleaned, endsSegment: endsSegment)
          if !isCopy { hasChanged = true }
        }
      }
      report.segmentsBefore += group.count
      report.segmentsAfter += 1
      report.bytesBefore += group.reduce(0) { $0 + $1.byteCount }
      report.bytesAfter += cleaned.status.byteCount
      guard hasChanged else { return cleaned.discard() }
      try cleaned.finish()
      try log.fence.guarding { () throws(StorageError) in try cleaned.sync() }
      try log.replace(group, with: cleaned)
    } catch {
      cleaned.discard()
      throw error
    }
  }

  /// Writes what stays of a batch; says whether that is all of it, as it was.
  private mutating func clean(
    _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer, _ rules: CleaningRules,
    _ map: OffsetMap, _ filter: inout TransactionFilter, into cleaned: CleanedSegment,
    endsSegment: Bool
  ) throws(StorageError) -> Bool {
    let verdict: CleaningRules.Verdict
    if header.isControl {
      let marker = filter.verdict(on: header, try control(header, bytes))
      if case .needed(let aborted?) = marker { try cleaned.append(aborted) }
      verdict = rules.verdict(on: header, marker: marker, endsSegment: endsSegment)
    } else {
      verdict = rules.verdict(
        on: header, isAborted: filter.isAborted(header), endsSegment: endsSegment)
    }
    let selection: BatchRewriter.Selection
    let outcome: UnsafeRawBufferPointer
    do throws(BatchError) {
      selection = try rewriter.select(bytes) { record in
        !verdict.discardsRecords && rules.keeps(record, of: header) { map.latest(of: $0) }
      }
      let horizon = rules.newHorizon(for: header, verdict, selection)
      if !selection.isPartial && horizon == nil {
        outcome = bytes
      } else {
        outcome = try rewriter.write(header, selection, deleteHorizon: horizon)
      }
    } catch { throw reader.undecodable(header, error) }
    report.recordsBefore += Int64(selection.total)
    report.recordsAfter += Int64(selection.kept)
    guard selection.kept > 0 || verdict.keepsHeader else { return false }
    try cleaned.append(outcome)
    return outcome.baseAddress == bytes.baseAddress
  }

  /// What a control batch says; nil when only its header is left.
  private func control(
    _ header: BatchHeader, _ bytes: UnsafeRawBufferPointer
  ) throws(StorageError) -> ControlRecord? {
    guard header.recordCount > 0 else { return nil }
    do throws(BatchError) {
      var records = try RecordIterator(batch: bytes, decompressor: decompressor)
      return try records.next().flatMap { ControlRecord($0) }
    } catch { throw reader.undecodable(header, error) }
  }
}
