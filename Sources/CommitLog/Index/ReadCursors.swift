import Records

/// Remembers where the last few reads of older batches ended: the next read of the same consumer
/// begins there, and needs no lookup.
struct ReadCursors: Sendable {
  private struct Cursor: Sendable {
    let offset: Offset
    let segmentBase: Offset
    let position: Int64
  }

  static let capacity = 16

  private var cursors: [Cursor] = []
  private var next = 0

  /// Notes that the batch at `position` of the segment is the first with records from `offset` on.
  mutating func note(_ offset: Offset, segmentBase: Offset, position: Int64) {
    let cursor = Cursor(offset: offset, segmentBase: segmentBase, position: position)
    if cursors.count < ReadCursors.capacity {
      cursors.append(cursor)
    } else {
      cursors[next] = cursor
      next = (next + 1) % ReadCursors.capacity
    }
  }

  /// Where a read of `offset` in that segment begins, if one ended there lately.
  func position(of offset: Offset, segmentBase: Offset) -> Int64? {
    for cursor in cursors where cursor.offset == offset && cursor.segmentBase == segmentBase {
      return cursor.position
    }
    return nil
  }

  mutating func removeAll() {
    cursors.removeAll(keepingCapacity: true)
    next = 0
  }
}
