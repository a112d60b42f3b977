// A record batch, version 2 (Kafka protocol guide, "Record Batch"; KIP-98). All big-endian:
//
//    0  baseOffset            int64   written by the broker, outside the checksum
//    8  batchLength           int32   bytes after this field
//   12  partitionLeaderEpoch  int32   written by the broker, outside the checksum
//   16  magic                 int8    2
//   17  crc                   uint32  CRC-32C of everything from `attributes` to the end
//   21  attributes            int16   0–2 codec, 3 timestamp type (1 log append), 4 transactional,
//                                     5 control, 6 base timestamp is a delete horizon
//   23  lastOffsetDelta       int32
//   27  baseTimestamp         int64
//   35  maxTimestamp          int64
//   43  producerId            int64   −1 for none
//   51  producerEpoch         int16
//   53  baseSequence          int32
//   57  recordsCount          int32
//   61  the records, compressed as one run of bytes

import Platform

/// Which clock gave a record its timestamp.
@frozen
package enum TimestampType: Int8, Sendable {
  /// The producer's.
  case create = 0
  /// The broker's, when it appended the batch; every record has the batch's max timestamp.
  case logAppend = 1
}

/// The 61 bytes at the front of a record batch, read out.
@frozen
package struct BatchHeader: Equatable, Sendable {
  package var baseOffset: Offset
  /// Kafka's `batchLength`: the batch's bytes after the first twelve. May be nonsense.
  package var length: Int32
  package var partitionLeaderEpoch: LeaderEpoch
  package var magic: Int8
  package var crc: UInt32
  package var attributes: UInt16
  package var lastOffsetDelta: Int32
  /// Milliseconds since 1970; records give theirs relative to it.
  package var baseTimestamp: Int64
  /// Milliseconds since 1970; −1 when no record has one.
  package var maxTimestamp: Int64
  /// −1 for a producer that is neither idempotent nor transactional.
  package var producerID: Int64
  package var producerEpoch: Int16
  package var baseSequence: Int32
  package var recordCount: Int32

  @inlinable
  package init(
    baseOffset: Offset, length: Int32, partitionLeaderEpoch: LeaderEpoch, magic: Int8 = 2,
    crc: UInt32 = 0, attributes: UInt16, lastOffsetDelta: Int32, baseTimestamp: Int64,
    maxTimestamp: Int64, producerID: Int64 = -1, producerEpoch: Int16 = -1,
    baseSequence: Int32 = -1, recordCount: Int32
  ) {
    self.baseOffset = baseOffset
    self.length = length
    self.partitionLeaderEpoch = partitionLeaderEpoch
    self.magic = magic
    self.crc = crc
    self.attributes = attributes
    self.lastOffsetDelta = lastOffsetDelta
    self.baseTimestamp = baseTimestamp
    self.maxTimestamp = maxTimestamp
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.baseSequence = baseSequence
    self.recordCount = recordCount
  }

  /// Reads the header at the front of `bytes`; nil when they are fewer than 61. Judges nothing.
  @inlinable
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= BatchHeader.headerByteCount, let base = bytes.baseAddress else {
      return nil
    }
    self.init(unchecked: base)
  }

  /// Reads the header from the 61 bytes at `base`, which must be there.
  @inlinable
  package init(unchecked base: UnsafeRawPointer) {
    @inline(__always)
    func load<T: FixedWidthInteger>(_ position: Int, as type: T.Type) -> T {
      T(bigEndian: base.loadUnaligned(fromByteOffset: position, as: type))
    }
    self.init(
      baseOffset: Offset(load(Position.baseOffset, as: Int64.self)),
      length: load(Position.length, as: Int32.self),
      partitionLeaderEpoch: LeaderEpoch(load(Position.partitionLeaderEpoch, as: Int32.self)),
      magic: load(Position.magic, as: Int8.self),
      crc: load(Position.crc, as: UInt32.self),
      attributes: load(Position.attributes, as: UInt16.self),
      lastOffsetDelta: load(Position.lastOffsetDelta, as: Int32.self),
      baseTimestamp: load(Position.baseTimestamp, as: Int64.self),
      maxTimestamp: load(Position.maxTimestamp, as: Int64.self),
      producerID: load(Position.producerID, as: Int64.self),
      producerEpoch: load(Position.producerEpoch, as: Int16.self),
      baseSequence: load(Position.baseSequence, as: Int32.self),
      recordCount: load(Position.recordCount, as: Int32.self))
  }
}

extension BatchHeader {
  /// The bytes of the header, which every batch has at least.
  @inlinable package static var headerByteCount: Int { 61 }
  /// The bytes that `length` does not count.
  @inlinable package static var lengthOverhead: Int { 12 }
  /// The only version of the format that is stored.
  @inlinable package static var currentMagic: Int8 { 2 }

  /// The whole batch with its header; below 61 when `length` is nonsense.
  @inlinable package var byteCount: Int { BatchHeader.lengthOverhead + Int(length) }
  /// The offset of the last record, or the last that compaction or an aborted write left out.
  @inlinable package var lastOffset: Offset {
    Offset(baseOffset.rawValue &+ Int64(lastOffsetDelta))
  }
  /// The first offset after the batch.
  @inlinable package var nextOffset: Offset {
    Offset(baseOffset.rawValue &+ Int64(lastOffsetDelta) &+ 1)
  }
  /// The sequence number of the last record; wraps from the highest Int32 to 0 (KIP-98).
  @inlinable package var lastSequence: Int32 {
    guard baseSequence >= 0 else { return -1 }
    return Int32(
      truncatingIfNeeded: (Int64(baseSequence) + Int64(lastOffsetDelta)) & Int64(Int32.max))
  }
  /// How the records are compressed; nil for a number that Kafka has not given out.
  @inlinable package var compression: Compression? {
    Compression(rawValue: Int8(attributes & Attributes.codec))
  }
  @inlinable package var timestampType: TimestampType {
    attributes & Attributes.logAppendTime == 0 ? .create : .logAppend
  }
  @inlinable package var isTransactional: Bool { attributes & Attributes.transactional != 0 }
  @inlinable package var isControl: Bool { attributes & Attributes.control != 0 }
  @inlinable package var hasDeleteHorizon: Bool { attributes & Attributes.deleteHorizon != 0 }
  /// Whether an idempotent or transactional producer wrote it.
  @inlinable package var hasProducerID: Bool { producerID >= 0 }

  /// The bits of `attributes`.
  package enum Attributes {
    @inlinable package static var codec: UInt16 { 0x07 }
    @inlinable package static var logAppendTime: UInt16 { 0x08 }
    @inlinable package static var transactional: UInt16 { 0x10 }
    @inlinable package static var control: UInt16 { 0x20 }
    @inlinable package static var deleteHorizon: UInt16 { 0x40 }
  }

  /// Where the fields stand, in bytes from the front of the batch.
  package enum Position {
    @inlinable package static var baseOffset: Int { 0 }
    @inlinable package static var length: Int { 8 }
    @inlinable package static var partitionLeaderEpoch: Int { 12 }
    @inlinable package static var magic: Int { 16 }
    @inlinable package static var crc: Int { 17 }
    @inlinable package static var attributes: Int { 21 }
    @inlinable package static var lastOffsetDelta: Int { 23 }
    @inlinable package static var baseTimestamp: Int { 27 }
    @inlinable package static var maxTimestamp: Int { 35 }
    @inlinable package static var producerID: Int { 43 }
    @inlinable package static var producerEpoch: Int { 51 }
    @inlinable package static var baseSequence: Int { 53 }
    @inlinable package static var recordCount: Int { 57 }
    @inlinable package static var records: Int { 61 }
  }
}
