import Records

/// Decides what of each batch stays when a log is cleaned (Kafka's `Cleaner.cleanInto`, with the
/// delete horizons of KIP-534). Pure.
struct CleaningRules {
  /// What is to become of a batch, whatever becomes of its records.
  struct Verdict: Equatable {
    /// All records go: they were aborted, or are a marker that nobody needs.
    var discardsRecords = false
    /// Its header stays when no record does.
    var keepsHeader = false
    /// It is a marker that may go once its delete horizon has passed.
    var isIdleMarker = false
  }

  /// Where the newest batch of a producer ends.
  struct ProducerEnd: Equatable {
    var epoch: Int16
    /// Nil when nothing but markers is known of it.
    var lastOffset: Offset?
    /// Where its last marker stands; negative when that is not known.
    var lastMarker = Offset(-1)
  }

  /// Milliseconds since 1970, when the cleaning began.
  let now: Int64
  let deleteRetentionMilliseconds: Int64
  /// Below it the map knows the latest offset of every dirty key.
  let mapEnd: Offset
  let producers: [Int64: ProducerEnd]

  /// Judges a batch of records.
  func verdict(on header: BatchHeader, isAborted: Bool, endsSegment: Bool) -> Verdict {
    Verdict(discardsRecords: isAborted, keepsHeader: endsSegment || isLastOfProducer(header))
  }

  /// Judges a control batch.
  func verdict(
    on header: BatchHeader, marker: TransactionFilter.MarkerVerdict, endsSegment: Bool
  ) -> Verdict {
    let isIdle = marker == .idle
    return Verdict(
      discardsRecords: isIdle && isPastHorizon(header),
      keepsHeader: endsSegment || isLastOfProducer(header), isIdleMarker: isIdle)
  }

  /// Whether a record of a batch that is not discarded stays.
  ///
  /// - Parameter latest: The latest offset of its key in the map.
  func keeps(
    _ record: RecordView, of header: BatchHeader, latest: (UnsafeRawBufferPointer) -> Offset?
  )
    -> Bool
  {
    if header.isControl || record.offset >= mapEnd { return true }
    // From before the topic was compacted: without a key there is nothing to keep it for.
    guard let key = record.key else { return false }
    if let latest = latest(key), latest > record.offset { return false }
    return record.value != nil || !isPastHorizon(header)
  }

  /// The delete horizon that a batch gets now; nil when it has one, or needs none.
  func newHorizon(
    for header: BatchHeader, _ verdict: Verdict, _ selection: BatchRewriter.Selection
  ) -> Int64? {
    guard !header.hasDeleteHorizon, selection.kept > 0,
      verdict.isIdleMarker || selection.tombstones > 0
    else { return nil }
    let (horizon, overflow) = now.addingReportingOverflow(deleteRetentionMilliseconds)
    return overflow ? .max : horizon
  }

  /// Kafka stores the horizon in place of the base timestamp.
  private func isPastHorizon(_ header: BatchHeader) -> Bool {
    header.hasDeleteHorizon && header.baseTimestamp <= now
  }

  /// Its last batch says which sequence number a producer's next one must have; its last marker,
  /// where there is nothing else, which epoch.
  private func isLastOfProducer(_ header: BatchHeader) -> Bool {
    guard header.hasProducerID, let end = producers[header.producerID] else { return false }
    if let last = end.lastOffset { return header.lastOffset == last }
    return header.isControl && header.producerEpoch == end.epoch
      && (end.lastMarker < Offset(0) || header.lastOffset == end.lastMarker)
  }
}
