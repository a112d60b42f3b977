import Platform
import Records

extension PartitionLog {
  /// Opens the log in `directory`, which must exist, or starts one there.
  ///
  /// - Parameters:
  ///   - recoveryPoint: What was known to be durable before a crash; nil after a clean stop.
  ///   - logStartOffset: The first offset that consumers may ask for; nil for the first local one.
  ///     A new log begins there.
  ///   - cleanedOffset: Where the last cleaning ended.
  package static func open(
    _ topicPartition: TopicPartition, in directory: String, fileSystem: any FileSystem,
    config: LogConfig, recoveryPoint: Offset?, logStartOffset: Offset? = nil,
    cleanedOffset: Offset? = nil, now: Int64,
    fence: StorageFence = StorageFence(),
    saveCheckpoints: @escaping @Sendable () throws(StorageError) -> Void = {
      () throws(StorageError) in
    }
  ) throws(StorageError) -> (log: PartitionLog, report: RecoveryReport) {
    let loader = LogLoader(
      fileSystem: fileSystem, directory: directory, config: config, recoveryPoint: recoveryPoint,
      logStartOffset: logStartOffset, now: now)
    let loaded = try loader.load()
    let active = loaded.segments[loaded.segments.count - 1]
    var writer = LogWriter(active: active, file: try active.segment.file(), config: config)
    writer.producers = loaded.producers
    writer.epoch = loaded.epochs.latest?.epoch
    writer.writebackPosition = active.byteCount
    var view = LogView(
      segments: loaded.segments,
      logStartOffset: logStartOffset ?? loaded.segments[0].baseOffset,
      syncedOffset: loaded.endOffset, epochs: loaded.epochs,
      transactions: loaded.producers.transactions)
    view.cleanedOffset = cleanedOffset
    view.hasEmptyBatches = config.compaction != nil
    let log = PartitionLog(
      topicPartition, fileSystem: fileSystem, directory: directory, fence: fence, writer: writer,
      view: view, saveCheckpoints: saveCheckpoints)
    return (log, loaded.report)
  }
}
