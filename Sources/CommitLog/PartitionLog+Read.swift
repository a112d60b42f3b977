import Platform
import Records

extension PartitionLog {
  /// Finds whole batches from `offset` on, in one segment, as a piece of its file.
  ///
  /// The first batch holds `offset`, or is the first after it where it lies in a gap; it begins
  /// below `offset` when that is in its middle.
  ///
  /// - Parameters:
  ///   - limit: Batches at or above it are left out (high watermark, last stable or synced offset).
  ///     Must be where a batch begins, or the end.
  ///   - atLeastOne: Gives the first batch also when it is larger than `maxBytes`.
  package func read(
    from offset: Offset, maxBytes: Int, below limit: Offset = Offset(.max),
    atLeastOne: Bool = true
  ) throws(StorageError) -> LogRead {
    var from = offset
    while true {
      let plan: ReadPlan
      switch view.withLock({ $0.plan(from, maxBytes, limit) }) {
      case .done(let outcome): return outcome
      case .plan(let found): plan = found
      }
      do throws(StorageError) {
        if let outcome = try carryOut(plan, maxBytes, atLeastOne) { return outcome }
        // The rest of this segment is a gap.
        from = plan.endOffset
      } catch {
        // Deleted between the look and the open: the next look says so.
        if isListed(plan.segment) { throw error }
      }
    }
  }

  /// Follows a plan; nil when nothing is at or above the offset in the segment.
  private func carryOut(
    _ plan: ReadPlan, _ maxBytes: Int, _ atLeastOne: Bool
  ) throws(StorageError) -> LogRead? {
    let segment = plan.segment
    var start: Int64
    if let known = plan.start {
      start = known
    } else if let found = try segment.find(plan.offset, below: plan.byteCount) {
      start = found.position
    } else {
      return nil
    }
    if plan.skipsEmptyBatches {
      guard let next = try segment.firstWithRecords(from: start, below: plan.byteCount) else {
        return nil
      }
      start = next
    }
    var stop = plan.byteCount
    var endOffset = plan.endOffset
    if plan.limit < plan.endOffset {
      stop = try segment.find(plan.limit, below: plan.byteCount)?.position ?? plan.byteCount
      endOffset = plan.limit
    }
    guard start < stop else { return .empty }
    if stop - start > Int64(maxBytes) {
      let cut = start + Int64(max(0, maxBytes))
      if let known = plan.boundary {
        stop = known.position
        endOffset = known.baseOffset
      } else if let found = try segment.boundary(atOrBelow: cut, from: start, end: stop) {
        stop = found.position
        endOffset = found.next.baseOffset
        if stop == start && atLeastOne {
          stop += Int64(found.next.byteCount)
          endOffset = found.next.nextOffset
        } else {
          noteCursor(found.next.baseOffset, segment, stop)
        }
      }
    }
    guard start < stop else { return .empty }
    return .slice(
      FileSlice(
        file: try segment.file(), position: start, count: Int(stop - start),
        endOffset: endOffset))
  }

  private func noteCursor(_ offset: Offset, _ segment: LogSegment, _ position: Int64) {
    view.withLock { view in
      // A cleaned segment of the same name has its batches elsewhere.
      guard let index = view.segmentIndex(of: segment.baseOffset),
        view.segments[index].segment === segment
      else { return }
      view.cursors.note(offset, segmentBase: segment.baseOffset, position: position)
    }
  }

  func isListed(_ segment: LogSegment) -> Bool {
    view.withLock { view in view.segments.contains { $0.segment === segment } }
  }
}

/// What a look at the view tells about a read; the rest needs the segment's files.
struct ReadPlan: Sendable {
  let segment: LogSegment
  let offset: Offset
  let limit: Offset
  /// How far the segment went at the time.
  let byteCount: Int64
  let endOffset: Offset
  /// Whether batches without records are passed over at the front. An answer of nothing but them
  /// makes librdkafka ask for twice as much, each time, up to a gigabyte.
  let skipsEmptyBatches: Bool
  /// Where the read begins, if that is known without a lookup.
  let start: Int64?
  /// Where a read cut short by its byte limit ends, if that is known.
  let boundary: TailIndex.Boundary?

  enum Outcome: Sendable {
    case done(LogRead)
    case plan(ReadPlan)
  }
}

extension LogView {
  /// Decides what can be decided in memory.
  func plan(_ offset: Offset, _ maxBytes: Int, _ limit: Offset) -> ReadPlan.Outcome {
    if offset < localStartOffset { return .done(.beforeLocalStart) }
    if offset > endOffset { return .done(.beyondEnd) }
    if offset >= limit || offset == endOffset { return .done(.empty) }
    guard let index = segmentIndex(of: offset) else { return .done(.beforeLocalStart) }
    let status = segments[index]
    let base = status.baseOffset
    var start: Int64?
    var boundary: TailIndex.Boundary?
    if status.isActive, let position = tail.position(of: offset) {
      start = position
      boundary = tail.boundary(atOrBelow: position + Int64(max(0, maxBytes)))
      // At the first batch itself the caller has to decide, with its size.
      if boundary?.position == position { boundary = nil }
    } else {
      start = offset == base ? 0 : cursors.position(of: offset, segmentBase: base)
    }
    return .plan(
      ReadPlan(
        segment: status.segment, offset: offset, limit: limit, byteCount: status.byteCount,
        endOffset: status.endOffset, skipsEmptyBatches: hasEmptyBatches && !status.isActive,
        start: start, boundary: boundary))
  }
}
