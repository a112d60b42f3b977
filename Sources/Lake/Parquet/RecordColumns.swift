import CArrow
import Platform
import Records

/// Records of one partition, column by column in a few flat buffers: the bridge between record
/// batches and Parquet, both ways.
///
/// Appending allocates nothing per record, and `removeAll` keeps the memory for the next batch. One
/// owner at a time may change it; once it is shared it must not change any more.
package final class RecordColumns: @unchecked Sendable {
  let storage: UnsafeMutablePointer<varve_columns>
  /// How much `append` takes before it refuses, by `byteCount`.
  package let byteLimit: Int

  /// What a record weighs in `byteCount` besides its key, value and headers.
  package static let rowByteCount = 40

  package init(partition: PartitionID, byteLimit: Int = 32 << 20) {
    storage = .allocate(capacity: 1)
    storage.initialize(to: varve_columns())
    storage.pointee.partition = partition.rawValue
    self.byteLimit = byteLimit
  }

  deinit {
    varve_columns_free(storage)
    storage.deallocate()
  }

  /// The partition of all records; change it only while there are none.
  package var partition: PartitionID {
    get { PartitionID(storage.pointee.partition) }
    set {
      precondition(isEmpty)
      storage.pointee.partition = newValue.rawValue
    }
  }

  package var count: Int { Int(storage.pointee.count) }
  package var isEmpty: Bool { storage.pointee.count == 0 }

  /// Bytes of keys, values and headers, and `rowByteCount` for each record.
  package var byteCount: Int {
    Int(
      storage.pointee.key_byte_count + storage.pointee.value_byte_count
        + storage.pointee.header_byte_count) + count * RecordColumns.rowByteCount
  }

  /// Forgets all records and keeps the memory.
  package func removeAll() {
    storage.pointee.count = 0
    storage.pointee.key_byte_count = 0
    storage.pointee.value_byte_count = 0
    storage.pointee.header_count = 0
    storage.pointee.header_byte_count = 0
  }

  /// Makes room for that many more rows and bytes, so that appending them does not grow buffers.
  package func reserve(rows: Int, valueByteCount: Int) {
    _ = varve_columns_reserve(storage, Int64(rows), 0, Int64(valueByteCount), 0, 0)
  }

  /// Copies a record without its headers to the end.
  ///
  /// Answers false, and appends nothing, when the record would pass `byteLimit`; an empty batch
  /// takes any record. `timestamp` is in milliseconds, `timestampType` 0 (create) or 1 (log
  /// append).
  package func append(
    offset: Offset, timestamp: Int64, timestampType: UInt8, leaderEpoch: LeaderEpoch,
    key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
  ) -> Bool {
    let columns = storage
    let row = Int(columns.pointee.count)
    let keyByteCount = key.map { $0.count + 4 } ?? 0
    let valueByteCount = value.map { $0.count + 4 } ?? 0
    if row > 0 {
      let more = keyByteCount + valueByteCount + RecordColumns.rowByteCount
      guard byteCount + more <= byteLimit else { return false }
    }
    guard hasRoom(keyByteCount: keyByteCount, valueByteCount: valueByteCount) else {
      precondition(row > 0, "no memory for one record")
      return false
    }
    columns.pointee.offsets[row] = offset.rawValue
    columns.pointee.timestamps[row] = timestamp
    columns.pointee.timestamp_types[row] = timestampType
    columns.pointee.leader_epochs[row] = leaderEpoch.rawValue
    columns.pointee.key_positions[row] = RecordColumns.append(
      key, to: columns.pointee.keys, count: &columns.pointee.key_byte_count)
    columns.pointee.value_positions[row] = RecordColumns.append(
      value, to: columns.pointee.values, count: &columns.pointee.value_byte_count)
    columns.pointee.header_ends[row] = UInt32(truncatingIfNeeded: columns.pointee.header_count)
    columns.pointee.count += 1
    return true
  }

  /// Makes room for one more row with so many bytes; false when there is none.
  private func hasRoom(keyByteCount: Int, valueByteCount: Int) -> Bool {
    let now = storage
    if now.pointee.count < now.pointee.capacity,
      now.pointee.key_byte_count + Int64(keyByteCount) <= now.pointee.key_byte_capacity,
      now.pointee.value_byte_count + Int64(valueByteCount) <= now.pointee.value_byte_capacity
    {
      return true
    }
    return varve_columns_reserve(now, 1, Int64(keyByteCount), Int64(valueByteCount), 0, 0) == 0
  }

  /// Copies a header to the end of the last record's.
  ///
  /// Headers are not held to `byteLimit`: a record is never taken apart.
  package func appendHeader(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    let columns = storage
    precondition(columns.pointee.count > 0)
    let byteCount = key.count + (value?.count ?? 0)
    let reserved = varve_columns_reserve(columns, 0, 0, 0, 1, Int64(byteCount))
    precondition(reserved == 0, "no memory for one header")
    let header = Int(columns.pointee.header_count)
    let position = Int(columns.pointee.header_byte_count)
    if byteCount > 0 {
      let start = UnsafeMutableRawPointer(columns.pointee.headers!) + position
      if let base = key.baseAddress { start.copyMemory(from: base, byteCount: key.count) }
      if let value, let base = value.baseAddress {
        (start + key.count).copyMemory(from: base, byteCount: value.count)
      }
    }
    columns.pointee.header_positions[header] = UInt32(position)
    columns.pointee.header_key_lengths[header] = Int32(key.count)
    columns.pointee.header_value_lengths[header] = value.map { Int32($0.count) } ?? -1
    columns.pointee.header_count += 1
    columns.pointee.header_byte_count += Int64(byteCount)
    columns.pointee.header_ends[Int(columns.pointee.count) - 1] += 1
  }

  /// Copies `rows` of `other`, which is of the same partition; answers how many fitted.
  package func append(_ other: RecordColumns, rows: Range<Int>) -> Int {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= other.count)
    for row in rows {
      let taken = append(
        offset: other.offset(at: row), timestamp: other.timestamp(at: row),
        timestampType: other.timestampType(at: row), leaderEpoch: other.leaderEpoch(at: row),
        key: other.key(at: row), value: other.value(at: row))
      guard taken else { return row - rows.lowerBound }
      other.forEachHeader(at: row) { appendHeader(key: $0, value: $1) }
    }
    return rows.count
  }

  /// Appends length and bytes in Parquet's PLAIN form to an arena with room for them; answers where
  /// the bytes begin.
  private static func append(
    _ bytes: UnsafeRawBufferPointer?, to arena: UnsafeMutablePointer<UInt8>?, count: inout Int64
  ) -> UInt32 {
    guard let bytes else { return UInt32.max }
    let start = UnsafeMutableRawPointer(arena!) + Int(count)
    start.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian, as: UInt32.self)
    if let base = bytes.baseAddress {
      (start + 4).copyMemory(from: base, byteCount: bytes.count)
    }
    let position = UInt32(truncatingIfNeeded: count + 4)
    count += Int64(4 + bytes.count)
    return position
  }
}
