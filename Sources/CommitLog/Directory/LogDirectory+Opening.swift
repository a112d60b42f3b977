import Platform
import Records
import Synchronization

extension LogDirectory {
  /// Opens the data directory, makes it when it is missing, and recovers its logs.
  ///
  /// A partition whose log is damaged where it was durable goes offline; the others go on.
  ///
  /// - Parameters:
  ///   - clusterID: Written to a new directory (a random one for nil); must be that of an old one.
  ///   - config: The settings of each partition's log.
  package static func open(
    _ path: String, nodeID: Int32, clusterID: String? = nil,
    environment: LogEnvironment = LogEnvironment(),
    config: @escaping @Sendable (TopicPartition) -> LogConfig
  ) throws(UsageError) -> LogDirectory {
    let fileSystem = environment.fileSystem
    do throws(StorageError) {
      let lock = try takeLock(path, fileSystem)
      guard let lock else {
        throw StorageError.failed(operation: "flock", path: path, errno: lockedErrno)
      }
      let found = try readProperties(path, fileSystem)
      let wasClean =
        if found == nil {
          try isEmpty(path, fileSystem)
        } else {
          fileSystem.exists("\(path)/\(cleanShutdownFile)")
        }
      let properties =
        if let found { found } else {
          try makeProperties(path, nodeID, clusterID, environment)
        }
      if let problem = mismatch(properties, nodeID, clusterID) {
        throw StorageError.corrupt(
          file: "\(path)/\(MetaProperties.fileName)", position: 0, reason: problem)
      }
      let directory = LogDirectory(
        path: path, properties: properties, wasCleanShutdown: wasClean, environment: environment,
        lock: lock)
      try directory.openLogs(environment, config)
      return directory
    } catch {
      throw usageError(error, path)
    }
  }

  /// EWOULDBLOCK, as flock gives it.
  private static let lockedErrno: Int32 = 11

  private static func usageError(_ error: StorageError, _ path: String) -> UsageError {
    if case .failed("flock", _, lockedErrno) = error {
      return UsageError(
        "the data directory \(path) is in use by another broker", at: "log.dirs",
        hint: "stop that one, or give this one a directory of its own")
    }
    return UsageError("cannot open the data directory \(path): \(error)", at: "log.dirs")
  }

  private static func takeLock(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StorageError) -> (any File)? {
    try fileSystem.makeDirectoryDurably(path)
    let lock = try fileSystem.open("\(path)/\(lockFile)", .createIfMissing)
    return try lock.tryLock() ? lock : nil
  }

  private static func readProperties(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StorageError) -> MetaProperties? {
    let file = "\(path)/\(MetaProperties.fileName)"
    guard fileSystem.exists(file) else { return nil }
    let text = String(decoding: try fileSystem.readAll(file), as: UTF8.self)
    guard let properties = MetaProperties(text: text) else {
      throw .corrupt(
        file: file, position: 0,
        reason: "version, cluster.id, node.id or directory.id is missing or malformed")
    }
    return properties
  }

  private static func makeProperties(
    _ path: String, _ nodeID: Int32, _ clusterID: String?, _ environment: LogEnvironment
  ) throws(StorageError) -> MetaProperties {
    let properties = MetaProperties(
      clusterID: clusterID ?? TopicID.random(environment.random).description, nodeID: nodeID,
      directoryID: TopicID.random(environment.random))
    try environment.fileSystem.replace(
      "\(path)/\(MetaProperties.fileName)", with: Array(properties.text.utf8))
    return properties
  }

  /// Why the directory is not this broker's; nil when it is.
  private static func mismatch(
    _ properties: MetaProperties, _ nodeID: Int32, _ clusterID: String?
  ) -> String? {
    if properties.nodeID != nodeID {
      return "it belongs to node \(properties.nodeID), this is node \(nodeID)"
    }
    if let clusterID, clusterID != properties.clusterID {
      return "it belongs to cluster \(properties.clusterID), this is cluster \(clusterID)"
    }
    return nil
  }

  /// Whether there is no partition in the directory.
  private static func isEmpty(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StorageError) -> Bool {
    try !fileSystem.list(path).contains {
      $0.isDirectory && TopicPartition(directoryName: $0.name) != nil
    }
  }

  /// Opens all partitions found, recovering those that need it.
  private func openLogs(
    _ environment: LogEnvironment, _ config: @escaping @Sendable (TopicPartition) -> LogConfig
  ) throws(StorageError) {
    try removeDeleted()
    let (recoveryPoints, logStarts) = try checkpoints.read()
    let cleaned = cleanedOffsets(environment.logger)
    let names = try fileSystem.list(path).filter(\.isDirectory)
      .compactMap { TopicPartition(directoryName: $0.name) }
      .filter { $0.topic != "__cluster_metadata" }
    let open: @Sendable (TopicPartition) -> Void = { name in
      let point = self.wasCleanShutdown ? nil : recoveryPoints[name] ?? Offset(0)
      do throws(StorageError) {
        let (log, report) = try self.openLog(
          name, config(name), recoveryPoint: point, logStartOffset: logStarts[name],
          cleanedOffset: cleaned[name])
        self.checkpoints.state.withLock { $0.logs[name] = log }
        LogDirectory.note(report, name, log, environment.logger)
      } catch {
        let offline = LogCheckpoints.Offline(
          error: error, recoveryPoint: recoveryPoints[name], logStartOffset: logStarts[name],
          cleanedOffset: cleaned[name])
        self.checkpoints.state.withLock { $0.offline[name] = offline }
        environment.logger.error("partition is offline", ("partition", name), ("why", error))
      }
    }
    if environment.recoveryThreads > 0 && names.count > 1 {
      let pool = BlockingPool(
        name: "recovery", threads: environment.recoveryThreads, queueLimit: names.count)
      for name in names where !pool.submit({ open(name) }) { open(name) }
      pool.stop()
    } else {
      names.forEach(open)
    }
    // What recovery has verified need not be verified again. The marker goes last: until then a
    // crash finds the directory as it was.
    try checkpoints.save()
    let marker = "\(path)/\(LogDirectory.cleanShutdownFile)"
    if fileSystem.exists(marker) {
      try fileSystem.remove(marker)
      try fileSystem.syncDirectory(path)
    }
  }

  /// Where the logs' last cleanings ended; without the file they are cleaned from the start.
  private func cleanedOffsets(_ logger: Logger) -> [TopicPartition: Offset] {
    do throws(StorageError) { return try checkpoints.readCleaned() } catch {
      logger.warn("compacted logs are cleaned from their start", ("why", error))
      return [:]
    }
  }

  private static func note(
    _ report: RecoveryReport, _ name: TopicPartition, _ log: PartitionLog, _ logger: Logger
  ) {
    if report.truncatedBytes > 0 || report.removedSegments > 0 {
      logger.warn(
        "log was cut behind its last whole batch", ("partition", name),
        ("end", log.endOffset), ("bytes", report.truncatedBytes),
        ("segments", report.removedSegments))
    } else if report.scannedBytes > 0 {
      logger.info(
        "log recovered", ("partition", name), ("end", log.endOffset),
        ("verified", report.scannedBytes))
    }
  }
}
