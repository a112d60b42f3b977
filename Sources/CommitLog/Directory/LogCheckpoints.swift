import Platform
import Records
import Synchronization

/// Keeps the three checkpoint files of a directory in step with its logs.
///
/// Thread-safe. May be called with a log's locks held, except `view`.
final class LogCheckpoints: Sendable {
  /// What is on record for a partition that could not be opened; it stays on record.
  struct Offline: Sendable {
    let error: StorageError
    let recoveryPoint: Offset?
    let logStartOffset: Offset?
    let cleanedOffset: Offset?
  }

  struct State: Sendable {
    var logs: [TopicPartition: PartitionLog] = [:]
    var offline: [TopicPartition: Offline] = [:]
  }

  private struct Written: Sendable {
    var recoveryPoints = ""
    var logStarts = ""
    var cleaned = OffsetCheckpoint.format([:])
  }

  let state = Mutex(State())
  private let written = Mutex(Written())
  private let recoveryPoints: OffsetCheckpoint
  private let logStarts: OffsetCheckpoint
  private let cleaned: OffsetCheckpoint

  init(_ fileSystem: any FileSystem, directory: String) {
    recoveryPoints = OffsetCheckpoint(
      fileSystem: fileSystem, path: "\(directory)/\(OffsetCheckpoint.recoveryPoint)")
    logStarts = OffsetCheckpoint(
      fileSystem: fileSystem, path: "\(directory)/\(OffsetCheckpoint.logStart)")
    cleaned = OffsetCheckpoint(
      fileSystem: fileSystem, path: "\(directory)/\(OffsetCheckpoint.cleaned)")
  }

  func read() throws(StorageError) -> (
    recoveryPoints: [TopicPartition: Offset], logStarts: [TopicPartition: Offset]
  ) {
    (try recoveryPoints.read(), try logStarts.read())
  }

  /// Where the logs' last cleanings ended. It saves work and no more, so a file that cannot be read
  /// throws here and is written anew with the next change.
  func readCleaned() throws(StorageError) -> [TopicPartition: Offset] {
    let offsets = try cleaned.read()
    written.withLock { $0.cleaned = OffsetCheckpoint.format(offsets) }
    return offsets
  }

  /// Writes the files, durably, where something has changed.
  ///
  /// The log starts come first: a recovery point of a restarted log must not meet an old log start.
  func save() throws(StorageError) {
    try written.withLock { (written) throws(StorageError) in
      let (logs, offline) = state.withLock { ($0.logs, $0.offline) }
      var points = offline.compactMapValues(\.recoveryPoint)
      var starts = offline.compactMapValues(\.logStartOffset)
      var ends = offline.compactMapValues(\.cleanedOffset)
      for (name, log) in logs {
        let (point, start, end) = log.view.withLock {
          ($0.recoveryPoint, $0.logStartOffset, $0.cleanedOffset)
        }
        points[name] = point
        starts[name] = start
        ends[name] = end
      }
      let startsText = OffsetCheckpoint.format(starts)
      if startsText != written.logStarts {
        try logStarts.write(text: startsText)
        written.logStarts = startsText
      }
      let pointsText = OffsetCheckpoint.format(points)
      if pointsText != written.recoveryPoints {
        try recoveryPoints.write(text: pointsText)
        written.recoveryPoints = pointsText
      }
      let cleanedText = OffsetCheckpoint.format(ends)
      if cleanedText != written.cleaned {
        try cleaned.write(text: cleanedText)
        written.cleaned = cleanedText
      }
    }
  }
}
