import Platform
import Records

/// Finishes the exchange of segments by a cleaned one that a crash has interrupted (see
/// `PartitionLog+Replacing.swift`). Can be interrupted and done again.
struct SwapRecovery {
  let fileSystem: any FileSystem
  let directory: String

  /// Gives every `.log.swap` its place and removes what it replaces.
  func run() throws(StorageError) {
    var swapped: [Offset] = []
    var present: [(base: Offset, kind: SegmentFile)] = []
    for entry in try fileSystem.list(directory) where !entry.isDirectory {
      if let file = SegmentFile.parse(entry.name) {
        present.append(file)
      } else if entry.name.hasSuffix(SegmentFile.swapSuffix) {
        let name = String(entry.name.dropLast(SegmentFile.swapSuffix.count))
        if let file = SegmentFile.parse(name), file.kind == .log { swapped.append(file.base) }
      }
    }
    for base in swapped.sorted() { try finish(base, present) }
  }

  private func finish(
    _ base: Offset, _ present: [(base: Offset, kind: SegmentFile)]
  ) throws(StorageError) {
    let log = SegmentFile.log.path(in: directory, base: base)
    let end = try endOffset(of: log + SegmentFile.swapSuffix)
    for file in present where file.base > base && file.base < end {
      try fileSystem.remove(file.kind.path(in: directory, base: file.base))
    }
    try fileSystem.syncDirectory(directory)
    for kind in [SegmentFile.offsetIndex, .timeIndex, .transactionIndex] {
      let path = kind.path(in: directory, base: base)
      // One that is not there has its name already.
      guard fileSystem.exists(path + SegmentFile.swapSuffix) else { continue }
      try fileSystem.rename(path + SegmentFile.swapSuffix, to: path)
    }
    try fileSystem.syncDirectory(directory)
    try fileSystem.rename(log + SegmentFile.swapSuffix, to: log)
    try fileSystem.syncDirectory(directory)
  }

  /// Where the cleaned segment ends, which is where the last of the old ones did.
  private func endOffset(of path: String) throws(StorageError) -> Offset {
    let file = try fileSystem.open(path, .read)
    var scanner = SegmentScanner(file, from: 0, to: try file.size(), chunkBytes: 64 << 10)
    var end = Offset(0)
    while let (header, _) = try scanner.expectBatch() { end = header.nextOffset }
    return end
  }
}
