import Platform
import Records
import Synchronization

/// A data directory (`log.dirs`): the logs of all its partitions, one lock against a second broker,
/// and the files that say how the last one stopped.
///
/// Thread-safe. Everything here blocks on the disk.
package final class LogDirectory: Sendable {
  static let lockFile = ".lock"
  static let cleanShutdownFile = ".kafka_cleanshutdown"
  static let deleteSuffix = "-delete"
  /// What one name in a directory may have: NAME_MAX.
  private static let maximumNameByteCount = 255
  /// Recovery computes checksums, closing waits for the disk.
  private static let closingThreadsPerRecoveryThread = 4

  package let path: String
  package let properties: MetaProperties
  /// Whether the last broker here stopped in order, or there was none. If not, leader epochs must
  /// be raised before anything is appended.
  package let wasCleanShutdown: Bool
  /// Shut once the disk has failed; shared by all logs.
  package let fence: StorageFence
  let fileSystem: any FileSystem
  let clock: any Clock
  let random: any RandomSource
  let checkpoints: LogCheckpoints
  /// How many logs are closed at the same time; 0 uses no thread but the caller's.
  private let closingThreads: Int
  /// Held as long as this object lives, or until `close`.
  private let lock: Mutex<(any File)?>

  init(
    path: String, properties: MetaProperties, wasCleanShutdown: Bool,
    environment: LogEnvironment, lock: any File
  ) {
    self.path = path
    self.properties = properties
    self.wasCleanShutdown = wasCleanShutdown
    fence = StorageFence()
    fileSystem = environment.fileSystem
    clock = environment.clock
    random = environment.random
    closingThreads = environment.recoveryThreads * Self.closingThreadsPerRecoveryThread
    checkpoints = LogCheckpoints(environment.fileSystem, directory: path)
    self.lock = Mutex(lock)
  }

  /// The log of a partition; nil when it is not here, or offline.
  package func log(of name: TopicPartition) -> PartitionLog? {
    checkpoints.state.withLock { $0.logs[name] }
  }

  /// All logs that could be opened.
  package var logs: [PartitionLog] {
    checkpoints.state.withLock { Array($0.logs.values) }
  }

  /// The partitions whose logs could not be opened, and why. Their files are left as they are, to
  /// be repaired or removed by hand; they answer KAFKA_STORAGE_ERROR.
  package var offlinePartitions: [TopicPartition: StorageError] {
    checkpoints.state.withLock { $0.offline.mapValues(\.error) }
  }

  /// The topic id that a partition's directory bears; nil when it has none.
  package func topicID(of name: TopicPartition) -> TopicID? {
    let file = "\(path)/\(name)/\(PartitionMetadata.fileName)"
    guard let bytes = try? fileSystem.readAll(file) else { return nil }
    return PartitionMetadata.parse(String(decoding: bytes, as: UTF8.self))
  }

  /// Makes the directories and empty logs of new partitions; durable when it returns.
  ///
  /// - Parameter logStartOffset: Where they begin; above 0 for a log whose start is in the cold
  ///   tier already.
  package func create(
    _ names: [TopicPartition], topicID: TopicID, config: LogConfig,
    startingAt logStartOffset: Offset = Offset(0)
  ) throws(StorageError) -> [PartitionLog] {
    try fence.check()
    var made: [PartitionLog] = []
    for name in names {
      let directory = "\(path)/\(name)"
      let isTaken = checkpoints.state.withLock {
        $0.logs[name] != nil || $0.offline[name] != nil
      }
      // 17 is EEXIST.
      if isTaken { throw .failed(operation: "create", path: directory, errno: 17) }
      try fence.guarding { () throws(StorageError) in
        try fileSystem.makeDirectory(directory)
        let file = try fileSystem.open("\(directory)/\(PartitionMetadata.fileName)", .truncate)
        try writeBytes(Array(PartitionMetadata.format(topicID).utf8), to: file, at: 0)
      }
      made.append(
        try openLog(name, config, recoveryPoint: nil, logStartOffset: logStartOffset).log)
    }
    try fence.guarding { () throws(StorageError) in try fileSystem.syncDirectory(path) }
    checkpoints.state.withLock { state in
      for log in made { state.logs[log.topicPartition] = log }
    }
    return made
  }

  /// Takes partitions out of service and their directories out of the way; durable when it returns.
  /// The files themselves go with `removeDeleted`.
  package func delete(_ names: [TopicPartition]) throws(StorageError) {
    try fence.check()
    let logs = checkpoints.state.withLock { state in
      names.map { name in
        state.offline[name] = nil
        return state.logs.removeValue(forKey: name)
      }
    }
    try fence.guarding { () throws(StorageError) in
      for (name, log) in zip(names, logs) {
        log?.abandon()
        let directory = "\(path)/\(name)"
        guard fileSystem.exists(directory) else { continue }
        try fileSystem.rename(directory, to: "\(path)/\(deletedName(name))")
      }
      try fileSystem.syncDirectory(path)
    }
    // A new partition of one of the names must not meet the old one's recovery point.
    try checkpoints.save()
  }

  /// What a deleted partition's directory is called. A long topic's name is cut, as in Kafka: with
  /// the rest behind it, it would be longer than a file system takes.
  private func deletedName(_ name: TopicPartition) -> String {
    let end = ".\(TopicID.random(random))\(LogDirectory.deleteSuffix)"
    let start = name.description.utf8.prefix(Self.maximumNameByteCount - end.utf8.count)
    return String(decoding: start, as: UTF8.self) + end
  }

  /// Removes the files of deleted partitions; takes long for large ones.
  package func removeDeleted() throws(StorageError) {
    for entry in try fileSystem.list(path)
    where entry.isDirectory && entry.name.hasSuffix(LogDirectory.deleteSuffix) {
      try fileSystem.removeTree("\(path)/\(entry.name)")
    }
  }

  /// Syncs every log that needs it, and writes the checkpoints: bounds what a crash has to verify.
  package func flush() throws(StorageError) {
    for log in logs {
      do throws(StorageError) {
        try log.flush()
      } catch {
        // A log that was deleted meanwhile is nobody's loss.
        if self.log(of: log.topicPartition) === log { throw error }
      }
    }
    try checkpoints.save()
  }

  /// Syncs and closes all logs, and notes that this was done in order. No appends afterwards.
  ///
  /// The note is left out when a partition is offline or the disk has failed: the next start must
  /// verify what it finds.
  package func close() throws(StorageError) {
    try fence.check()
    try closeLogs()
    try checkpoints.save()
    if offlinePartitions.isEmpty {
      try fileSystem.replace(
        "\(path)/\(LogDirectory.cleanShutdownFile)",
        with: Array("{\"version\":0,\"brokerEpoch\":-1}".utf8))
    }
    lock.withLock { lock in
      lock?.close()
      lock = nil
    }
  }

  private func closeLogs() throws(StorageError) {
    let logs = logs
    guard closingThreads > 0, logs.count > 1 else {
      for log in logs { try log.close() }
      return
    }
    let failure = Mutex<StorageError?>(nil)
    let close: @Sendable (PartitionLog) -> Void = { log in
      do throws(StorageError) { try log.close() } catch {
        failure.withLock { if $0 == nil { $0 = error } }
      }
    }
    let pool = BlockingPool(
      name: "closing", threads: min(closingThreads, logs.count), queueLimit: logs.count)
    for log in logs where !pool.submit({ close(log) }) { close(log) }
    pool.stop()
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  func openLog(
    _ name: TopicPartition, _ config: LogConfig, recoveryPoint: Offset?, logStartOffset: Offset?,
    cleanedOffset: Offset? = nil
  ) throws(StorageError) -> (log: PartitionLog, report: RecoveryReport) {
    try PartitionLog.open(
      name, in: "\(path)/\(name)", fileSystem: fileSystem, config: config,
      recoveryPoint: recoveryPoint, logStartOffset: logStartOffset, cleanedOffset: cleanedOffset,
      now: clock.wallMilliseconds(), fence: fence
    ) { [weak checkpoints] () throws(StorageError) in try checkpoints?.save() }
  }
}
