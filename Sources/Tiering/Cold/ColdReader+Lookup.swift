import Lake
import Platform
import Records

extension ColdReader {
  /// A record found by its time.
  package struct Found: Sendable {
    package let offset: Offset
    /// Milliseconds since 1970.
    package let timestamp: Int64
    package let leaderEpoch: LeaderEpoch
  }

  /// Finds the first settled record from `start` on whose timestamp is at least `timestamp`: by the
  /// files' bounds, then their page indexes, then one page.
  ///
  /// Throws `.notKnown` until the table has been seen: nil would send the search on to the local
  /// log, past everything that has settled.
  package func lookup(
    _ topic: TieredTopic, _ partition: PartitionID, timestamp: Int64, from start: Offset,
    below end: Offset
  ) async throws(TieringError) -> Found? {
    // The client asks again; that a table cannot be seen is said by the settler: it looks for it.
    guard let snapshot = topic.view.snapshot else { throw .notKnown }
    do throws(LakeError) {
      return try await find(in: snapshot, partition, timestamp: timestamp, from: start, below: end)
    } catch {
      let now = environment.clock.monotonicNanoseconds()
      report("a lookup by time failed", .lake(error), topic, partition, start, now: now)
      throw .lake(error)
    }
  }

  private func find(
    in snapshot: ColdView.Snapshot, _ partition: PartitionID, timestamp: Int64, from start: Offset,
    below end: Offset
  ) async throws(LakeError) -> Found? {
    guard let state = snapshot.state[partition] else { return nil }
    let offsets = start..<max(start, min(end, state.settled))
    var best: Found?
    for file in snapshot.files[partition] ?? [] {
      if file.offsets.upperBound < start.rawValue { continue }
      if let best, file.offsets.lowerBound > best.offset.rawValue { break }
      if let youngest = file.timestamps?.upperBound, youngest < limitedMicroseconds(timestamp) {
        continue
      }
      if let found = try await search(file, partition, timestamp, offsets),
        best.map({ found.offset < $0.offset }) ?? true
      {
        best = found
      }
    }
    return best
  }

  private func search(
    _ file: ColdFile, _ partition: PartitionID, _ timestamp: Int64, _ offsets: Range<Offset>
  ) async throws(LakeError) -> Found? {
    fetch.holds.hold(file.path)
    defer { fetch.holds.release(file.path) }
    let index = try await fetch.indexes.index(of: file, in: environment.store)
    var position: ReadPlan.Position?
    while true {
      let plan = index.plan(
        partition: partition, timestampAtLeast: timestamp, offsets: offsets, resumingAt: position)
      if plan.isEmpty { return nil }
      let columns = try await fetch.decode(plan, file)
      if let row = columns.firstRow(timestampAtLeast: timestamp) {
        return Found(
          offset: columns.offset(at: row), timestamp: columns.timestamp(at: row),
          leaderEpoch: columns.leaderEpoch(at: row))
      }
      guard let next = plan.next else { return nil }
      position = next
    }
  }
}
