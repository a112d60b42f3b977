import Records

/// What a table says of its Kafka partitions: which records are in it for good.
///
/// It stands in the property `varve.settled` of every metadata version: cumulative, one copy. JSON:
/// `{"0":{"settled":120,"log-start":0,"leader-epochs":[[0,0],[3,100]]}}`, and where there are some,
/// `"quarantined":[{"start":40,"end":47,"file":"s3://…"}]`.
package struct SettledState: Equatable, Sendable {
  /// A leader epoch and the first offset that was written under it.
  package struct EpochStart: Equatable, Sendable {
    package var epoch: LeaderEpoch
    package var start: Offset

    package init(epoch: LeaderEpoch, start: Offset) {
      self.epoch = epoch
      self.start = start
    }
  }

  /// What is known of one partition.
  package struct Partition: Equatable, Sendable {
    /// Every record below it that consumers can see is in the table; settling goes on here.
    package var settled: Offset
    /// Records below it are gone for consumers; rows may stay for SQL.
    package var logStart: Offset
    /// Ascending, as far as records at or above `logStart` need them.
    package var leaderEpochs: [EpochStart]
    /// By offset; only those that reach above `logStart`.
    package var quarantined: [QuarantinedBatch]

    package init(
      settled: Offset, logStart: Offset, leaderEpochs: [EpochStart] = [],
      quarantined: [QuarantinedBatch] = []
    ) {
      self.settled = settled
      self.logStart = logStart
      self.leaderEpochs = leaderEpochs
      self.quarantined = quarantined
    }
  }

  package var partitions: [PartitionID: Partition]

  package init(_ partitions: [PartitionID: Partition] = [:]) { self.partitions = partitions }

  package subscript(_ partition: PartitionID) -> Partition? { partitions[partition] }

  /// Moves a partition's settled offset to the end of `range`, which must begin where it stood.
  mutating func settle(_ partition: PartitionID, _ range: SettledRange) {
    var state =
      partitions[partition] ?? Partition(settled: range.start, logStart: range.start)
    precondition(state.settled == range.start && range.start <= range.end)
    state.settled = range.end
    for next in range.leaderEpochs where next.epoch > state.leaderEpochs.last?.epoch ?? .init(-2) {
      state.leaderEpochs.append(next)
    }
    if let batch = range.quarantined { state.quarantined.append(batch) }
    partitions[partition] = state
  }

  /// Moves a partition's log start forward; never back.
  mutating func setLogStart(_ partition: PartitionID, _ offset: Offset) {
    guard var state = partitions[partition] else { return }
    state.logStart = max(state.logStart, offset)
    // An epoch whose successor starts at or below the log start has no record left.
    while state.leaderEpochs.count > 1, state.leaderEpochs[1].start <= state.logStart {
      state.leaderEpochs.removeFirst()
    }
    state.quarantined.removeAll { $0.offsets.upperBound <= state.logStart }
    partitions[partition] = state
  }
}

/// A run of offsets of one partition that a commit settles.
package struct SettledRange: Equatable, Sendable {
  /// Where the partition's settled offset must stand.
  package var start: Offset
  /// Where it will stand: one past the last settled offset, gaps included.
  package var end: Offset
  /// The leader epochs that begin in the range (or hold its first record).
  package var leaderEpochs: [SettledState.EpochStart]
  /// The range is this one batch, which cannot be decoded.
  package var quarantined: QuarantinedBatch?

  package init(
    from start: Offset, to end: Offset, leaderEpochs: [SettledState.EpochStart] = [],
    quarantined: QuarantinedBatch? = nil
  ) {
    self.start = start
    self.end = end
    self.leaderEpochs = leaderEpochs
    self.quarantined = quarantined
  }
}

extension SettledState {
  private struct Wire: Codable {
    var settled: Int64
    var logStart: Int64
    var leaderEpochs: [[Int64]]?
    var quarantined: [Batch]?

    struct Batch: Codable {
      var start: Int64
      var end: Int64
      var file: String
    }

    private enum CodingKeys: String, CodingKey {
      case settled
      case logStart = "log-start"
      case leaderEpochs = "leader-epochs"
      case quarantined
    }
  }

  /// The property's value.
  func json() throws(LakeError) -> String {
    var wire: [String: Wire] = [:]
    for (partition, state) in partitions {
      wire[partition.description] = Wire(
        settled: state.settled.rawValue, logStart: state.logStart.rawValue,
        leaderEpochs: state.leaderEpochs.map { [Int64($0.epoch.rawValue), $0.start.rawValue] },
        quarantined: state.quarantined.isEmpty
          ? nil
          : state.quarantined.map {
            Wire.Batch(
              start: $0.offsets.lowerBound.rawValue, end: $0.offsets.upperBound.rawValue,
              file: $0.location)
          })
    }
    return try IcebergJSON.text(wire)
  }

  /// Reads the property's value; `file` names the metadata it stands in.
  init(json: String, file: String) throws(LakeError) {
    var text = json
    let bytes = text.withUTF8 { Array($0) }
    var failure: LakeError?
    var wire: [String: Wire] = [:]
    bytes.withUnsafeBytes { bytes in
      do throws(LakeError) {
        wire = try IcebergJSON.decode([String: Wire].self, bytes, file: file)
      } catch { failure = error }
    }
    if let failure { throw failure }
    var partitions: [PartitionID: Partition] = [:]
    for (name, item) in wire {
      guard let id = Int32(name), id >= 0, item.settled >= 0, item.logStart >= 0 else {
        throw .corrupt(file: file, reason: "'\(TableProperty.settled)' of partition '\(name)'")
      }
      let epochs = try (item.leaderEpochs ?? []).map { (pair) throws(LakeError) -> EpochStart in
        guard pair.count == 2, let epoch = Int32(exactly: pair[0]) else {
          throw .corrupt(file: file, reason: "leader epochs of partition '\(name)'")
        }
        return EpochStart(epoch: LeaderEpoch(epoch), start: Offset(pair[1]))
      }
      let batches = try (item.quarantined ?? []).map {
        (batch) throws(LakeError) -> QuarantinedBatch in
        guard batch.start >= 0, batch.end > batch.start else {
          throw .corrupt(file: file, reason: "quarantined batches of partition '\(name)'")
        }
        return QuarantinedBatch(
          offsets: Offset(batch.start)..<Offset(batch.end), location: batch.file)
      }
      partitions[PartitionID(id)] = Partition(
        settled: Offset(item.settled), logStart: Offset(item.logStart), leaderEpochs: epochs,
        quarantined: batches)
    }
    self.init(partitions)
  }
}
