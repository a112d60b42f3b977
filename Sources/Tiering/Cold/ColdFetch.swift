import Lake
import ObjectStore
import Platform
import Records

/// Reads one run of a partition from the lake: plans the pages, gets their bytes by ranged GETs,
/// decodes them and makes record batches. No state; decoding runs on the pool.
struct ColdFetch: Sendable {
  /// Offsets of a window when files overlap, where a byte budget does not tell how far to read.
  private static let overlapWindow: ClosedRange<Int64> = 16...65_536

  /// Row groups that one read decodes at most: 32 MiB each, however well they are compressed.
  private static let rowGroupLimit = 2

  let environment: TieringEnvironment
  let indexes: PageIndexCache
  let holds: FileHolds

  /// Reads about `window` compressed bytes from `from` on, which must lie below the settled offset.
  func run(
    _ snapshot: ColdView.Snapshot, _ partition: PartitionID, from: Offset, window: Int
  ) async throws(TieringError) -> ColdRun {
    guard let state = snapshot.state[partition] else {
      throw .missing(partition: partition, offset: from)
    }
    let aside = state.quarantined.first { $0.offsets.upperBound > from }
    if let aside, aside.offsets.contains(from) { return try await read(aside, window) }
    // Records go up to the next batch that was put aside.
    let settled = aside?.offsets.lowerBound ?? state.settled
    let files = (snapshot.files[partition] ?? []).filter {
      $0.offsets.upperBound >= from.rawValue && $0.offsets.lowerBound < settled.rawValue
    }
    let epochs = state.leaderEpochs
    guard let first = files.first else {
      return try assemble([], from: from, through: settled, window, epochs)
    }
    let overlapping = files.dropFirst().contains {
      $0.offsets.lowerBound <= first.offsets.upperBound
    }
    do throws(LakeError) {
      if overlapping {
        return try await merge(files, partition, from, settled, window, epochs)
      }
      let (columns, end) = try await read(first, partition, from..<settled, window)
      // After the file's last record its gap goes on to the next file.
      let next = files.count > 1 ? Offset(files[1].offsets.lowerBound) : settled
      return try await assembleOnPool(
        [columns], from: from, through: end ?? next, window, epochs)
    } catch { throw .lake(error) }
  }

  /// Reads a batch that was put aside: its bytes as they are, whatever they are.
  private func read(_ aside: QuarantinedBatch, _ window: Int) async throws(TieringError) -> ColdRun
  {
    guard let key = environment.store.key(of: aside.location) else {
      throw .lake(
        .unsupported(file: aside.location, reason: "it lies outside the lake's store"))
    }
    do throws(ObjectStoreError) {
      let block = try await environment.store.get(key).body
      return ColdRun(
        offsets: aside.offsets, block: block,
        starts: [ColdRun.BatchStart(offset: aside.offsets.lowerBound, position: 0)],
        window: window)
    } catch { throw .lake(.store(error)) }
  }

  /// Reads the wanted records of one file.
  ///
  /// - Returns: the records, and the offset up to which they are complete; nil for all of the file.
  func read(
    _ file: ColdFile, _ partition: PartitionID, _ offsets: Range<Offset>, _ window: Int
  ) async throws(LakeError) -> (RecordColumns, Offset?) {
    holds.hold(file.path)
    defer { holds.release(file.path) }
    let index = try await indexes.index(of: file, in: environment.store)
    var position: ReadPlan.Position?
    while true {
      let plan = index.plan(
        partition: partition, offsets: offsets, byteBudget: window,
        rowGroupLimit: Self.rowGroupLimit, resumingAt: position)
      let columns = try await decode(plan, file)
      if plan.next == nil { return (columns, nil) }
      if !columns.isEmpty {
        return (columns, Offset(columns.offset(at: columns.count - 1).rawValue + 1))
      }
      position = plan.next
    }
  }

  /// Gets a plan's ranges and decodes them.
  func decode(_ plan: ReadPlan, _ file: ColdFile) async throws(LakeError) -> RecordColumns {
    guard let key = environment.store.key(of: file.path) else {
      throw .unsupported(file: file.path, reason: "it lies outside the lake's store")
    }
    let bytes = try await get(plan.ranges, of: key)
    let result = await environment.pool.run { () -> Result<RecordColumns, LakeError> in
      do throws(LakeError) { return .success(try plan.decode(bytes, file: file.path)) } catch {
        return .failure(error)
      }
    }
    guard let result else { throw .invalid("the settle pool's queue is full") }
    return try result.get()
  }

  /// Gets the ranges of an object, all at once: a run's small columns and its values lie apart, and
  /// a store far away answers both in the time of one. The store's own limit holds the number down.
  private func get(
    _ ranges: [Range<Int64>], of key: String
  ) async throws(LakeError) -> [ByteBlock] {
    if ranges.count == 1 { return [try await get(ranges[0], of: key).get()] }
    let results = await withTaskGroup(of: (Int, Result<ByteBlock, LakeError>).self) { group in
      for (number, range) in ranges.enumerated() {
        group.addTask { (number, await self.get(range, of: key)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    var blocks: [ByteBlock] = []
    for (_, result) in results.sorted(by: { $0.0 < $1.0 }) { blocks.append(try result.get()) }
    return blocks
  }

  // Apart, because Swift 6.3.1 with -O can trap in a child closure that catches a typed error.
  private func get(_ range: Range<Int64>, of key: String) async -> Result<ByteBlock, LakeError> {
    do throws(ObjectStoreError) {
      return .success(try await environment.store.get(key, range).body)
    } catch { return .failure(.store(error)) }
  }

  /// Reads the same window of offsets from every file that may hold some of it, and puts the
  /// records in order: in tables divided by time, files overlap.
  private func merge(
    _ files: [ColdFile], _ partition: PartitionID, _ from: Offset, _ settled: Offset,
    _ window: Int, _ epochs: [SettledState.EpochStart]
  ) async throws(LakeError) -> ColdRun {
    let first = max(from, Offset(files[0].offsets.lowerBound))
    let overlapping = files.prefix { $0.offsets.lowerBound <= files[0].offsets.upperBound }
    let largest = overlapping.map { $0.byteCount / max(1, $0.recordCount) }.max() ?? 1
    let count = min(
      max(Int64(window) / max(1, largest), Self.overlapWindow.lowerBound),
      Self.overlapWindow.upperBound)
    let end = min(settled, first + count)
    var parts: [RecordColumns] = []
    for file in files where file.offsets.lowerBound < end.rawValue {
      var start = first
      while start < end {
        let (columns, reached) = try await read(file, partition, start..<end, window)
        if !columns.isEmpty { parts.append(columns) }
        guard let reached else { break }
        start = reached
      }
    }
    return try await assembleOnPool(parts, from: from, through: end, window, epochs)
  }

  private func assembleOnPool(
    _ parts: [RecordColumns], from: Offset, through end: Offset, _ window: Int,
    _ epochs: [SettledState.EpochStart]
  ) async throws(LakeError) -> ColdRun {
    let result = await environment.pool.run { () -> Result<ColdRun, TieringError> in
      do throws(TieringError) {
        return .success(try assemble(parts, from: from, through: end, window, epochs))
      } catch { return .failure(error) }
    }
    switch result {
    case .success(let run): return run
    case .failure(.lake(let error)): throw error
    case .failure(let error): throw .invalid("\(error)")
    case nil: throw .invalid("the settle pool's queue is full")
    }
  }

  private func assemble(
    _ parts: [RecordColumns], from: Offset, through end: Offset, _ window: Int,
    _ epochs: [SettledState.EpochStart]
  ) throws(TieringError) -> ColdRun {
    var assembly = BatchAssembly(from: from, leaderEpochs: epochs)
    let ordered = parts.count > 1 ? inOrder(parts) : parts
    for columns in ordered {
      try assembly.append(columns, from: columns.firstRow(atOrAfter: from))
    }
    let block = try assembly.finish(through: end)
    return ColdRun(offsets: from..<end, block: block, starts: assembly.starts, window: window)
  }

  /// The rows of several files in one, by offset.
  private func inOrder(_ parts: [RecordColumns]) -> [RecordColumns] {
    var rows: [(offset: Int64, part: Int, row: Int)] = []
    for (number, part) in parts.enumerated() {
      for row in 0..<part.count { rows.append((part.offset(at: row).rawValue, number, row)) }
    }
    rows.sort { $0.offset < $1.offset }
    let sorted = RecordColumns(partition: parts[0].partition, byteLimit: .max)
    for entry in rows { _ = sorted.append(parts[entry.part], rows: entry.row..<entry.row + 1) }
    return [sorted]
  }
}
