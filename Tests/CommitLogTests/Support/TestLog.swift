import CommitLog
import Platform
import Records

/// A directory on the real disk, or on a simulated one, that goes away with this object.
final class TemporaryDirectory {
  let path: String
  let fileSystem: any FileSystem

  init(on fileSystem: any FileSystem = PosixFileSystem()) throws {
    self.fileSystem = fileSystem
    path = "/tmp/varve-commitlog-\(SystemRandom().next())"
    try fileSystem.makeDirectory(path)
  }

  deinit { try? fileSystem.removeTree(path) }

  /// Opens the log in the directory; nil stands for a clean stop before.
  func log(
    _ config: LogConfig = LogConfig(), recoveryPoint: Offset? = nil,
    logStartOffset: Offset? = nil, now: Int64 = 1_700_000_000_000
  ) throws -> PartitionLog {
    try PartitionLog.open(
      TopicPartition(topic: "t", partition: PartitionID(0)), in: path, fileSystem: fileSystem,
      config: config, recoveryPoint: recoveryPoint, logStartOffset: logStartOffset, now: now
    ).log
  }

  var names: [String] {
    get throws { try fileSystem.list(path).map(\.name).sorted() }
  }
}

extension LogConfig {
  /// Segments of so many bytes, and an index entry for nearly every batch.
  static func small(segmentBytes: Int64 = 1000, indexIntervalBytes: Int = 100) -> LogConfig {
    var config = LogConfig()
    config.segmentBytes = segmentBytes
    config.indexIntervalBytes = indexIntervalBytes
    return config
  }
}
