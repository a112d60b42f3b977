import Platform
import Records

/// A segment that a cleaning writes, under names of its own (`.cleaned`) until it takes the place
/// of those it was made from.
final class CleanedSegment {
  private let fileSystem: any FileSystem
  private let directory: String
  private let resources: CleanerResources
  private let indexInterval: Int
  private let file: any File
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  /// How far it goes, what waits in the buffer included.
  private(set) var status: SegmentStatus

  /// - Parameter group: The segments it is made from, in order.
  init(
    replacing group: [SegmentStatus], _ fileSystem: any FileSystem, directory: String,
    config: LogConfig, resources: CleanerResources
  ) throws(StorageError) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.resources = resources
    indexInterval = config.indexIntervalBytes
    let base = group[0].baseOffset
    CleanedSegment.remove(base, fileSystem, directory)
    let path = SegmentFile.log.path(in: directory, base: base) + SegmentFile.cleanedSuffix
    file = try fileSystem.open(path, .createNew)
    let segment = LogSegment(
      fileSystem, directory: directory, baseOffset: base, file: file,
      suffix: SegmentFile.cleanedSuffix)
    status = SegmentStatus(segment, isActive: false)
    // An old index that a crash left would otherwise stand beside the new batches.
    if group.contains(where: { $0.abortCount > 0 }) { try segment.transactions.reset() }
    buffer = .allocate(byteCount: max(4096, resources.bufferByteCount), alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// Adds a batch.
  func append(_ batch: UnsafeRawBufferPointer) throws(StorageError) {
    // Positions are 32 bits in the index; 27 is EFBIG.
    guard status.byteCount <= Int64(Int32.max) else {
      throw .failed(operation: "clean", path: file.path, errno: 27)
    }
    if filled + batch.count > buffer.count { try flush() }
    if batch.count > buffer.count {
      try write(batch, at: status.byteCount)
    } else {
      UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: batch)
      filled += batch.count
    }
    try status.add(BatchHeader(unchecked: batch.baseAddress!), indexInterval: indexInterval)
  }

  /// Adds an aborted transaction that has its marker in the segment.
  func append(_ aborted: AbortedTransaction) throws(StorageError) {
    try status.segment.transactions.append(aborted)
    status.abortCount += 1
  }

  /// Writes everything out.
  func finish() throws(StorageError) {
    try flush()
    try status.addTimeEntry()
    try status.segment.offsets.flush()
    try status.segment.times.flush()
    try status.segment.transactions.flush()
  }

  /// Makes it durable, under the names it has, once it is finished.
  func sync() throws(StorageError) {
    try status.segment.seal()
    try fileSystem.syncDirectory(directory)
  }

  /// Takes the files away again, as far as that works; what stays goes with the next start.
  func discard() { CleanedSegment.remove(status.baseOffset, fileSystem, directory) }

  private static func remove(
    _ base: Offset, _ fileSystem: any FileSystem, _ directory: String
  ) {
    for kind in SegmentFile.allCases {
      let path = kind.path(in: directory, base: base) + SegmentFile.cleanedSuffix
      try? fileSystem.remove(path)
    }
  }

  private func flush() throws(StorageError) {
    guard filled > 0 else { return }
    let waiting = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    try write(waiting, at: status.byteCount - Int64(filled))
    filled = 0
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(StorageError) {
    try file.write([bytes], at: position)
    try resources.spend(bytes.count, on: file.path)
  }
}
