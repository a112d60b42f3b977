import Platform
import Records
import Synchronization

/// The durable list of metadata changes: record batches in `<log.dir>/__cluster_metadata-0/`, one
/// batch for each change, synced before the change counts.
///
/// Files, named as Kafka's (KIP-630): `<end offset>-<epoch>.checkpoint` holds everything below its
/// offset, `<base offset>.log` what came after. A newer pair replaces the older.
///
/// A batch that a crash tore at the end is cut off at the next start: nobody was told of it.
package final class MetadataLog: Sendable {
  package static let directoryName = "__cluster_metadata-0"

  private struct State {
    var file: any File
    var position: Int64
    var nextOffset: Offset
    /// A write or sync failed: what the file holds is unknown, and nothing is added to it.
    var failure: StorageError?
  }

  private let directory: String
  private let fileSystem: any FileSystem
  private let clock: any Clock
  private let maximumBytes: Int64
  private let recovered: [MetadataRecord]
  private let state: Mutex<State>

  /// Opens the log in the log directory `parent`, or begins it.
  ///
  /// - Parameter maximumBytes: a log larger than this is folded into a checkpoint
  ///   (`metadata.log.max.record.bytes.between.snapshots`).
  package init(
    in parent: String, fileSystem: any FileSystem, clock: any Clock, maximumBytes: Int64 = 20 << 20
  ) throws(StorageError) {
    directory = "\(parent)/\(Self.directoryName)"
    self.fileSystem = fileSystem
    self.clock = clock
    self.maximumBytes = maximumBytes
    try fileSystem.makeDirectory(directory)
    try fileSystem.syncDirectory(parent)
    var records: [MetadataRecord] = []
    var base = Offset(0)
    let checkpoints = try fileSystem.list(directory).map(\.name)
      .filter { $0.hasSuffix(".checkpoint") }.sorted()
    if let newest = checkpoints.last {
      let path = "\(directory)/\(newest)"
      let (content, byteCount) = try Self.read(path, fileSystem)
      guard content.byteCount == byteCount, let end = Int64(newest.prefix(20)) else {
        throw .corrupt(file: path, position: Int64(content.byteCount), reason: "it ends early")
      }
      records = content.records
      base = Offset(end)
    }
    let path = Self.logPath(directory, base)
    let file = try fileSystem.open(path, .createIfMissing)
    let (content, byteCount) = try Self.read(path, fileSystem)
    if content.byteCount < byteCount { try file.truncate(to: Int64(content.byteCount)) }
    try file.sync()
    try fileSystem.syncDirectory(directory)
    recovered = records + content.records
    state = Mutex(
      State(
        file: file, position: Int64(content.byteCount), nextOffset: content.nextOffset ?? base))
    try removeAllBut(base)
  }

  private static func read(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StorageError) -> (MetadataBatches.Content, byteCount: Int) {
    let block = ByteBlock(try fileSystem.readAll(path))
    return (try MetadataBatches.decode(block.bytes, path: path), block.count)
  }

  /// Hands over everything that was in the log when it was opened.
  package func replay(_ body: (MetadataRecord) -> Void) {
    for record in recovered { body(record) }
  }

  /// The offset of the next record.
  package var endOffset: Offset { state.withLock { $0.nextOffset } }

  /// Appends `records` as one batch and syncs it: all of them are durable, or none.
  package func append(_ records: [MetadataRecord]) throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      if let failure = state.failure { throw failure }
      let batch = MetadataBatches.encode(
        records, at: state.nextOffset, now: clock.wallMilliseconds())
      do throws(StorageError) { try state.file.write([batch.bytes], at: state.position) } catch {
        // What a full disk refuses it may take another time, once the piece that it took is gone.
        let isTakenBack =
          error.cause == .noSpace && (try? state.file.truncate(to: state.position)) != nil
        if !isTakenBack { state.failure = error }
        throw error
      }
      do throws(StorageError) { try state.file.sync() } catch {
        state.failure = error
        throw error
      }
      state.position += Int64(batch.count)
      state.nextOffset = state.nextOffset + Int64(records.count)
    }
  }

  /// Folds the log into a checkpoint of `records` when it has grown large. Failing to is no loss:
  /// the old pair stays.
  package func compactIfDue(_ records: @autoclosure () -> [MetadataRecord]) {
    state.withLock { state in
      guard state.failure == nil, state.position > maximumBytes else { return }
      do throws(StorageError) { try compact(records(), &state) } catch { return }
    }
  }

  private func compact(_ records: [MetadataRecord], _ state: inout State) throws(StorageError) {
    let end = state.nextOffset
    let checkpoint = "\(directory)/\(padded(end.rawValue, 20))-\(padded(0, 10)).checkpoint"
    let file = try fileSystem.open(checkpoint + ".tmp", .truncate)
    var position: Int64 = 0
    for start in stride(from: 0, to: records.count, by: 1000) {
      let part = Array(records[start..<min(records.count, start + 1000)])
      let batch = MetadataBatches.encode(
        part, at: Offset(Int64(start)), now: clock.wallMilliseconds())
      try file.write([batch.bytes], at: position)
      position += Int64(batch.count)
    }
    try file.sync()
    let log = try fileSystem.open(Self.logPath(directory, end), .truncate)
    try log.sync()
    // The checkpoint's appearance is the switch: until then the old pair counts.
    try fileSystem.rename(checkpoint + ".tmp", to: checkpoint)
    try fileSystem.syncDirectory(directory)
    state.file = log
    state.position = 0
    try removeAllBut(end)
  }

  /// Removes older pairs and what a crash left of a checkpoint in the making.
  private func removeAllBut(_ base: Offset) throws(StorageError) {
    let kept = padded(base.rawValue, 20)
    for entry in try fileSystem.list(directory) {
      let isCurrent = entry.name.hasPrefix(kept) && !entry.name.hasSuffix(".tmp")
      if !isCurrent { try fileSystem.remove("\(directory)/\(entry.name)") }
    }
  }

  private static func logPath(_ directory: String, _ base: Offset) -> String {
    "\(directory)/\(padded(base.rawValue, 20)).log"
  }
}

/// A number with leading zeros.
private func padded(_ number: Int64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
