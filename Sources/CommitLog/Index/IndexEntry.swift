// The index files of a segment are runs of fixed-size entries, big-endian, in ascending order
// (Kafka's OffsetIndex and TimeIndex):
//
//   <base>.index      relativeOffset int32, position int32
//   <base>.timeindex  timestamp int64, relativeOffset int32
//
// Relative offsets count from the segment's base offset. An offset entry names the last offset of a
// batch and where that batch begins. A time entry says: up to and with the batch that ends at this
// offset, no record is younger than this timestamp.

import Records

/// One entry of an index file.
protocol IndexEntry: Sendable {
  static var byteCount: Int { get }
  /// Whether an index without entries has no file.
  static var isOnDemand: Bool { get }
  init(_ bytes: UnsafeRawPointer)
  /// Appends the entry's bytes.
  func write(to bytes: inout [UInt8])
}

extension IndexEntry {
  static var isOnDemand: Bool { false }
}

/// An entry of the offset index.
struct OffsetEntry: IndexEntry, Equatable {
  let relativeOffset: Int32
  let position: Int32

  static var byteCount: Int { 8 }

  init(relativeOffset: Int32, position: Int32) {
    self.relativeOffset = relativeOffset
    self.position = position
  }

  init(_ bytes: UnsafeRawPointer) {
    relativeOffset = Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
    position = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self))
  }

  func write(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: relativeOffset.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: position.bigEndian) { bytes.append(contentsOf: $0) }
  }
}

/// An entry of the time index.
struct TimeEntry: IndexEntry, Equatable {
  let timestamp: Int64
  let relativeOffset: Int32

  static var byteCount: Int { 12 }

  init(timestamp: Int64, relativeOffset: Int32) {
    self.timestamp = timestamp
    self.relativeOffset = relativeOffset
  }

  init(_ bytes: UnsafeRawPointer) {
    timestamp = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
    relativeOffset = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
  }

  func write(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: timestamp.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: relativeOffset.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
