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

  /// Takes a partition out of service and its directory out of the way; durable when it returns.
  /// The files themselves go with `removeDeleted`.
  package func delete(_ name: TopicPartition) throws(StorageError) {
    try fence.check()
    let log = checkpoints.state.withLock { state in
      state.offline[name] = nil
      return state.logs.removeValue(forKey: name)
    }
    let directory = "\(path)/\(name)"
    let target = "\(path)/\(name).\(TopicID.random(random))\(LogDirectory.deleteSuffix)"
    try fence.guarding { () throws(StorageError) in
      log?.abandon()
      if fileSystem.exists(directory) { try fileSystem.rename(directory, to: target) }
      try fileSystem.syncDirectory(path)
    }
    // A new partition of that name must not meet the old one's recovery point.
    try checkpoints.save()
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
    for log in logs { try log.close() }
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
