import Platform
import Records

/// Opens the segments of one partition directory and makes them whole again after a crash.
///
/// Below the recovery point everything was durable: what is missing or damaged there is an error,
/// never dropped silently. From the recovery point on each batch's checksum is verified; the log
/// ends before the first batch that is not whole. Indexes, producers and leader epochs are rebuilt
/// from what is left. All of it can be done again when a crash interrupts it.
struct LogLoader {
  let fileSystem: any FileSystem
  let directory: String
  let config: LogConfig
  /// nil after a clean stop: all of the log was durable.
  let recoveryPoint: Offset?
  /// The first offset that consumers may ask for; nil for "as the first segment".
  let logStartOffset: Offset?
  /// Milliseconds since 1970.
  let now: Int64

  /// What was found, and done about it.
  struct Loaded: Sendable {
    var segments: [SegmentStatus] = []
    var producers = ProducerState()
    var epochs = LeaderEpochCache()
    var report = RecoveryReport()

    var endOffset: Offset { segments[segments.count - 1].endOffset }
  }

  func load() throws(StorageError) -> Loaded {
    var loaded = Loaded()
    let files = try removeStrays()
    let bases = files.filter { $0.kind == .log }.map(\.base).sorted()
    var seenEpochs: [LeaderEpochCache.Entry] = []
    if let recoveryPoint {
      try recover(bases, from: recoveryPoint, into: &loaded, &seenEpochs)
    } else {
      for (index, base) in bases.enumerated() {
        let next = index + 1 < bases.count ? bases[index + 1] : nil
        loaded.segments.append(try SegmentLoader(self, base).trusted(end: next))
      }
    }
    try startFresh(&loaded)
    for index in loaded.segments.indices.dropLast() { loaded.segments[index].isActive = false }
    try loadEpochs(&loaded, seenEpochs)
    try ProducerLoader(self).load(&loaded, files.filter { $0.kind == .snapshot }.map(\.base))
    if recoveryPoint != nil { try makeDurable(&loaded) }
    return loaded
  }

  /// Removes what a crash left half done, and lists the segment files.
  private func removeStrays() throws(StorageError) -> [(base: Offset, kind: SegmentFile)] {
    try SwapRecovery(fileSystem: fileSystem, directory: directory).run()
    var files: [(base: Offset, kind: SegmentFile)] = []
    for entry in try fileSystem.list(directory) where !entry.isDirectory {
      let strays = [
        SegmentFile.deletedSuffix, SegmentFile.cleanedSuffix, SegmentFile.swapSuffix, ".tmp",
      ]
      if strays.contains(where: { entry.name.hasSuffix($0) }) {
        try fileSystem.remove("\(directory)/\(entry.name)")
      } else if let file = SegmentFile.parse(entry.name) {
        files.append(file)
      }
    }
    let logs = Set(files.filter { $0.kind == .log }.map(\.base))
    for file in files where !logs.contains(file.base) && file.kind != .snapshot {
      try fileSystem.remove(file.kind.path(in: directory, base: file.base))
    }
    return files
  }

  /// Opens what lies below the recovery point, and verifies the rest.
  private func recover(
    _ bases: [Offset], from recoveryPoint: Offset, into loaded: inout Loaded,
    _ epochs: inout [LeaderEpochCache.Entry]
  ) throws(StorageError) {
    for (index, base) in bases.enumerated() {
      let next = index + 1 < bases.count ? bases[index + 1] : nil
      if let next, next <= recoveryPoint {
        // One that ends at the point may have been closed after the point was written.
        let isSealed = next < recoveryPoint
        loaded.segments.append(
          try SegmentLoader(self, base).trusted(end: next, isSealed: isSealed))
        continue
      }
      let found = try SegmentLoader(self, base).recover(from: recoveryPoint)
      loaded.segments.append(found.status)
      loaded.report.scannedBytes += found.status.byteCount
      epochs += found.epochs
      let end = found.status.endOffset
      if found.isCut || (next != nil && end != next) {
        try expectDurable(loaded.segments, upTo: recoveryPoint)
        try dropAll(Array(bases[(index + 1)...]), &loaded.report)
        loaded.report.truncatedBytes += found.cutBytes
        break
      }
    }
    try expectDurable(loaded.segments, upTo: recoveryPoint)
  }

  /// Refuses a log that ends below the recovery point, unless nobody may ask for what is missing.
  private func expectDurable(
    _ segments: [SegmentStatus], upTo recoveryPoint: Offset
  ) throws(StorageError) {
    let end = segments.last?.endOffset ?? Offset(0)
    if end >= recoveryPoint || logStartOffset ?? end >= recoveryPoint { return }
    throw .corrupt(
      file: segments.last?.segment.path ?? directory, position: segments.last?.byteCount ?? 0,
      reason: "no whole batch at offset \(end), but the log was durable up to \(recoveryPoint)")
  }

  /// Removes segments above the end, the last first, so that a crash leaves no hole.
  private func dropAll(
    _ bases: [Offset], _ report: inout RecoveryReport
  ) throws(StorageError) {
    for base in bases.reversed() {
      for kind in SegmentFile.allCases {
        try fileSystem.remove(kind.path(in: directory, base: base))
      }
      try fileSystem.syncDirectory(directory)
      report.removedSegments += 1
    }
  }

  /// Gives the log its first segment when it has none, or none of interest.
  private func startFresh(_ loaded: inout Loaded) throws(StorageError) {
    let start = logStartOffset ?? Offset(0)
    if let last = loaded.segments.last {
      guard last.endOffset < start else { return }
      try dropAll(loaded.segments.map(\.baseOffset), &loaded.report)
      loaded.segments = []
    }
    let segment = try LogSegment.create(fileSystem, directory: directory, baseOffset: start)
    loaded.segments = [SegmentStatus(segment)]
  }

  private func loadEpochs(
    _ loaded: inout Loaded, _ seen: [LeaderEpochCache.Entry]
  ) throws(StorageError) {
    let path = "\(directory)/\(LeaderEpochCache.fileName)"
    var saved: LeaderEpochCache?
    if fileSystem.exists(path) {
      saved = LeaderEpochCache(text: String(decoding: try fileSystem.readAll(path), as: UTF8.self))
    }
    var epochs = saved ?? LeaderEpochCache()
    epochs.truncate(fromEnd: loaded.endOffset)
    for entry in seen where entry.startOffset < loaded.endOffset {
      if entry.epoch > epochs.latest?.epoch ?? LeaderEpoch(.min) {
        epochs.assign(entry.epoch, startOffset: entry.startOffset)
      }
    }
    if let logStartOffset { epochs.truncate(fromStart: logStartOffset) }
    if epochs != saved && !(saved == nil && epochs.entries.isEmpty) {
      try fileSystem.replace(path, with: Array(epochs.text.utf8))
    }
    loaded.epochs = epochs
  }

  /// After this the recovered log is as if it had been synced.
  private func makeDurable(_ loaded: inout Loaded) throws(StorageError) {
    for index in loaded.segments.indices where !loaded.segments[index].isSealed {
      if loaded.segments[index].isActive {
        try loaded.segments[index].segment.file().sync()
      } else {
        try loaded.segments[index].addTimeEntry()
        try loaded.segments[index].segment.seal()
        loaded.segments[index].isSealed = true
      }
      loaded.segments[index].isFileDurable = true
    }
    try fileSystem.syncDirectory(directory)
  }
}

/// What recovery of a log did.
package struct RecoveryReport: Sendable, Equatable {
  /// Bytes of batches that were read and verified.
  package var scannedBytes: Int64 = 0
  /// Bytes cut off behind the last whole batch.
  package var truncatedBytes: Int64 = 0
  /// Segments removed because they lay behind the cut.
  package var removedSegments = 0
}
