import CArrow
import Records

extension RecordColumns {
  package func offset(at row: Int) -> Offset { Offset(storage.pointee.offsets[checked(row)]) }

  /// Milliseconds, exact also where the column had to be limited.
  package func timestamp(at row: Int) -> Int64 { storage.pointee.timestamps[checked(row)] }

  /// 0: the producer's time; 1: the time of the append.
  package func timestampType(at row: Int) -> UInt8 {
    storage.pointee.timestamp_types[checked(row)]
  }

  package func leaderEpoch(at row: Int) -> LeaderEpoch {
    LeaderEpoch(storage.pointee.leader_epochs[checked(row)])
  }

  /// Valid until the columns change.
  package func key(at row: Int) -> UnsafeRawBufferPointer? {
    bytes(in: storage.pointee.keys, at: storage.pointee.key_positions[checked(row)])
  }

  /// Nil is a tombstone. Valid until the columns change.
  package func value(at row: Int) -> UnsafeRawBufferPointer? {
    bytes(in: storage.pointee.values, at: storage.pointee.value_positions[checked(row)])
  }

  package func headerCount(at row: Int) -> Int { headers(at: row).count }

  /// Calls `body` with key and value of each header of a record, in order; valid until the columns
  /// change.
  package func forEachHeader(
    at row: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void
  ) {
    // There is no arena while all headers are empty.
    let arena = UnsafeRawPointer(storage.pointee.headers)
    for header in headers(at: row) {
      let start = arena.map { $0 + Int(storage.pointee.header_positions[header]) }
      let keyCount = Int(storage.pointee.header_key_lengths[header])
      let valueCount = Int(storage.pointee.header_value_lengths[header])
      body(
        UnsafeRawBufferPointer(start: start, count: keyCount),
        valueCount < 0
          ? nil : UnsafeRawBufferPointer(start: start.map { $0 + keyCount }, count: valueCount))
    }
  }

  /// The first row whose offset is at least `offset`, `count` when none is. Offsets must ascend.
  package func firstRow(atOrAfter offset: Offset) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if storage.pointee.offsets[middle] < offset.rawValue {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The first row whose timestamp (milliseconds) is at least `timestamp`; nil when none is.
  package func firstRow(timestampAtLeast timestamp: Int64) -> Int? {
    (0..<count).first { storage.pointee.timestamps[$0] >= timestamp }
  }

  private func headers(at row: Int) -> Range<Int> {
    let start = checked(row) == 0 ? 0 : Int(storage.pointee.header_ends[row - 1])
    return start..<Int(storage.pointee.header_ends[row])
  }

  private func bytes(
    in arena: UnsafeMutablePointer<UInt8>?, at position: UInt32
  ) -> UnsafeRawBufferPointer? {
    guard position != UInt32.max, let arena else { return nil }
    let start = UnsafeRawPointer(arena) + Int(position)
    let count = (start - 4).loadUnaligned(as: UInt32.self).littleEndian
    return UnsafeRawBufferPointer(start: start, count: Int(count))
  }

  private func checked(_ row: Int) -> Int {
    precondition(row >= 0 && row < count)
    return row
  }
}
