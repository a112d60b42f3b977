extension RecordBatchBuilder {
  /// Writes a whole control batch of one record at `offset`: the end of a transaction.
  package mutating func appendControlBatch(
    _ record: ControlRecord, at offset: Offset, leaderEpoch: LeaderEpoch, timestamp: Int64,
    producerID: Int64, producerEpoch: Int16
  ) {
    let producer = ProducerMark(id: producerID, epoch: producerEpoch, baseSequence: -1)
    begin(
      at: offset, leaderEpoch: leaderEpoch, producer: producer, isTransactional: true,
      isControl: true)
    appendControlRecord(record, at: offset, timestamp: timestamp)
  }

  /// Writes a control batch that covers the offsets from `first` to `last`, of which there are no
  /// records any more, so that consumers step over them. Gives the last offset covered, which lies
  /// before `last` when the gap is longer than a batch can be.
  ///
  /// It is a commit marker without a producer, which every client skips; an empty data batch makes
  /// librdkafka ask again for ever, with a larger size each time. The marker stands at the end of
  /// the gap, so that a consumer anywhere within it has it in front of it.
  package mutating func appendGap(
    from first: Offset, through last: Offset, leaderEpoch: LeaderEpoch, timestamp: Int64 = -1
  ) -> Offset {
    precondition(first <= last, "a gap has an offset at least")
    let (distance, overflow) = last.rawValue.subtractingReportingOverflow(first.rawValue)
    let covered = overflow ? Int64(Int32.max) : min(distance, Int64(Int32.max))
    let end = first + covered
    begin(at: first, leaderEpoch: leaderEpoch, isControl: true)
    appendControlRecord(.commit(coordinatorEpoch: 0), at: end, timestamp: timestamp)
    return end
  }

  private mutating func appendControlRecord(
    _ record: ControlRecord, at offset: Offset, timestamp: Int64
  ) {
    let key = record.key
    let value = record.value
    let isIn = key.withUnsafeBytes { key in
      value.withUnsafeBytes { value in
        append(offset: offset, timestamp: timestamp, key: key, value: value)
      }
    }
    precondition(isIn, "the first record of a batch always fits")
    do throws(BatchError) {
      try finish()
    } catch {
      preconditionFailure("an uncompressed batch cannot fail: \(error)")
    }
  }
}
