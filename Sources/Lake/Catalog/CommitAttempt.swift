/// Everything needed to find out, after a crash, what became of a commit.
///
/// It is handed out before every conditional create and must be durable before that goes on: an
/// attempt that was never noted was never made.
package struct CommitAttempt: Codable, Equatable, Sendable {
  package let commitID: String
  /// The version that the create would make.
  package let version: Int64
  /// The exact bytes of that version (JSON text).
  package let metadata: String
  package let snapshotID: Int64?
  /// Where each partition's settled offset stands afterwards.
  package let settledEnds: [Int32: Int64]
  /// Locations of the data files it adds.
  package let dataFiles: [String]
  /// Keys of the manifests and lists written for this commit so far, of all attempts.
  package let written: [String]
  /// Keys that nothing names any more once it is committed, to be removed then.
  package let garbage: [String]

  package init(
    commitID: CommitID, version: Int64, metadata: String, snapshotID: Int64?,
    settledEnds: [Int32: Int64], dataFiles: [String], written: [String], garbage: [String]
  ) {
    self.commitID = commitID.description
    self.version = version
    self.metadata = metadata
    self.snapshotID = snapshotID
    self.settledEnds = settledEnds
    self.dataFiles = dataFiles
    self.written = written
    self.garbage = garbage
  }
}

/// What became of an attempt.
package enum Reconciliation: Equatable, Sendable {
  case committed(version: Int64, snapshotID: Int64?)
  /// It is not in the table and can never be: its files can be removed.
  case dead
  /// It cannot be told (yet): keep every file.
  case unknown
}
