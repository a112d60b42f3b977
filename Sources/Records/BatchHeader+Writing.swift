extension BatchHeader {
  /// Writes all 61 bytes at `base`, the stored `crc` among them.
  package func write(to base: UnsafeMutableRawPointer) {
    func store<T: FixedWidthInteger>(_ value: T, at position: Int) {
      base.storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
    }
    store(baseOffset.rawValue, at: Position.baseOffset)
    store(length, at: Position.length)
    store(partitionLeaderEpoch.rawValue, at: Position.partitionLeaderEpoch)
    store(magic, at: Position.magic)
    store(crc, at: Position.crc)
    store(attributes, at: Position.attributes)
    store(lastOffsetDelta, at: Position.lastOffsetDelta)
    store(baseTimestamp, at: Position.baseTimestamp)
    store(maxTimestamp, at: Position.maxTimestamp)
    store(producerID, at: Position.producerID)
    store(producerEpoch, at: Position.producerEpoch)
    store(baseSequence, at: Position.baseSequence)
    store(recordCount, at: Position.recordCount)
  }

  /// Gives the batch at `batch` its place in the log. Both fields lie outside the checksum.
  @inlinable
  package static func place(
    _ batch: UnsafeMutableRawPointer, baseOffset: Offset, leaderEpoch: LeaderEpoch
  ) {
    batch.storeBytes(
      of: baseOffset.rawValue.bigEndian, toByteOffset: Position.baseOffset, as: Int64.self)
    batch.storeBytes(
      of: leaderEpoch.rawValue.bigEndian, toByteOffset: Position.partitionLeaderEpoch,
      as: Int32.self)
  }

  /// Sets the max timestamp and its type in place, and the checksum anew.
  package static func setMaxTimestamp(
    _ timestamp: Int64, type: TimestampType, in batch: UnsafeMutableRawBufferPointer
  ) {
    precondition(batch.count >= headerByteCount)
    let bits = UInt16(
      bigEndian: batch.loadUnaligned(fromByteOffset: Position.attributes, as: UInt16.self))
    let wanted =
      type == .logAppend ? bits | Attributes.logAppendTime : bits & ~Attributes.logAppendTime
    batch.storeBytes(of: wanted.bigEndian, toByteOffset: Position.attributes, as: UInt16.self)
    batch.storeBytes(of: timestamp.bigEndian, toByteOffset: Position.maxTimestamp, as: Int64.self)
    sealChecksum(of: batch)
  }

  /// Computes the checksum of a whole batch and writes it in place.
  package static func sealChecksum(of batch: UnsafeMutableRawBufferPointer) {
    let crc = checksum(of: UnsafeRawBufferPointer(batch))
    batch.storeBytes(of: crc.bigEndian, toByteOffset: Position.crc, as: UInt32.self)
  }

  /// The checksum that a whole batch should carry.
  package static func checksum(of batch: UnsafeRawBufferPointer) -> UInt32 {
    CRC32C.checksum(UnsafeRawBufferPointer(rebasing: batch[Position.attributes...]))
  }

  /// Whether `batch`, which must be this header's whole batch, carries the right checksum.
  package func hasValidChecksum(in batch: UnsafeRawBufferPointer) -> Bool {
    batch.count == byteCount && batch.count >= BatchHeader.headerByteCount
      && BatchHeader.checksum(of: batch) == crc
  }
}
