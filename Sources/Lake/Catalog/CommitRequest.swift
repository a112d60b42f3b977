import Records

/// What one commit is to change, all of it in one metadata version or not at all.
package struct CommitRequest: Sendable {
  package var commitID: CommitID
  /// The writer's epoch; a table with a higher one fences it.
  package var epoch: Int64
  /// Complete objects of the table's default partition spec.
  package var adding: [DataFile]
  /// The offsets that are settled with it. A range without records has no file.
  package var settled: [PartitionID: SettledRange]
  /// New log starts; they only move forward.
  package var logStarts: [PartitionID: Offset]
  /// Locations of files that leave the table. With `adding` they are replaced by files with the
  /// same rows.
  package var removing: [String]

  package init(
    commitID: CommitID, epoch: Int64, adding: [DataFile] = [],
    settled: [PartitionID: SettledRange] = [:], logStarts: [PartitionID: Offset] = [:],
    removing: [String] = []
  ) {
    self.commitID = commitID
    self.epoch = epoch
    self.adding = adding
    self.settled = settled
    self.logStarts = logStarts
    self.removing = removing
  }

  /// Whether it makes a snapshot; otherwise it changes properties only.
  var changesContents: Bool { !adding.isEmpty || !removing.isEmpty }

  var operation: SnapshotSummary.Operation {
    if removing.isEmpty { return .append }
    return adding.isEmpty ? .delete : .replace
  }

  /// Throws `invalid` for what must never be committed: a file outside the ranges it settles with,
  /// or one named twice.
  func validate() throws(LakeError) {
    for (partition, range) in settled where range.start > range.end || range.start < Offset(0) {
      throw .invalid("partition \(partition) would settle \(range.start)..<\(range.end)")
    }
    guard Set(adding.map(\.path)).count == adding.count, Set(removing).count == removing.count
    else { throw .invalid("commit \(commitID) names a file twice") }
    guard removing.isEmpty else {
      guard settled.isEmpty else { throw .invalid("a commit settles or removes, not both") }
      return
    }
    for file in adding {
      guard let partitions = file.kafkaPartitions, let offsets = file.offsets,
        file.recordCount > 0
      else { throw .invalid("\(file.path) has no rows, or no bounds of partition and offset") }
      for partition in partitions {
        guard let range = settled[PartitionID(partition)],
          partitions.count > 1
            || (range.start.rawValue <= offsets.lowerBound
              && offsets.upperBound < range.end.rawValue)
        else {
          throw .invalid(
            "\(file.path) has offsets \(offsets) of partition \(partition), which the commit "
              + "does not settle")
        }
      }
    }
  }
}

/// How a commit ended.
package enum CommitOutcome: Equatable, Sendable {
  /// It is in the table for good; no snapshot where only properties changed.
  case committed(version: Int64, snapshotID: Int64?)
  /// It is not in the table and never will be: its files can be removed.
  case abandoned(AbandonReason)
  /// A writer with a higher epoch is there: stop accepting records, not only commits.
  case fenced(epoch: Int64)
  /// Nobody knows. Keep every file and the attempt, and ask `reconcile` later.
  case unknown(version: Int64)
}

/// Why a commit was given up.
package enum AbandonReason: Equatable, Sendable {
  /// Somebody else settled the partition; nil: it is not in the table, but should be.
  case settledMoved(PartitionID, to: Offset?)
  /// Another writer, of a lower epoch, committed in between.
  case epochChanged(Int64)
  /// A file to be removed or replaced is not in the table any more.
  case inputGone(String)
}
