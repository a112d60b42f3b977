// <offset>.snapshot (Kafka's ProducerSnapshot, version 1): the producers after all records below
// the offset. Big-endian:
//
//   version int16 = 1, crc uint32 (CRC-32C of all that follows), count int32, then each:
//   producerId int64, epoch int16, lastSequence int32, lastOffset int64, offsetDelta int32,
//   timestamp int64, coordinatorEpoch int32 (−1: none), currentTxnFirstOffset int64 (−1: none)
//
// Kafka keeps the last batch of each producer only, so a duplicate of an older one is an error to
// it after a restart. Varve appends a section, which Kafka's reader ignores: "VAR2", and for each
// producer in the same order when it wrote last by the wall clock (int64), by which it expires,
// then a count byte and so many earlier batches, the oldest first: lastSequence int32,
// lastOffset int64, offsetDelta int32. Before there was "VARV" without the int64, and the wall
// clock in `timestamp`.

import Platform
import Records

/// The form of producer state on disk.
enum ProducerSnapshot {
  private static let version: Int16 = 1
  private static let crcPosition = 2
  private static let bodyPosition = 6
  private static let extraMagic: UInt32 = 0x5641_5232
  private static let olderExtraMagic: UInt32 = 0x5641_5256

  /// The file's bytes.
  static func encode(_ state: ProducerState) -> ByteBlock {
    var writer = ByteWriter(capacity: 32 + state.entries.count * 64)
    writer.write(version)
    writer.write(UInt32(0))
    writer.write(Int32(state.entries.count))
    let sorted = state.entries.sorted { $0.key < $1.key }
    for (id, entry) in sorted {
      writer.write(id)
      writer.write(entry.epoch)
      writer.write(entry.last?.lastSequence ?? -1)
      writer.write(entry.last?.lastOffset.rawValue ?? -1)
      writer.write(entry.last?.offsetDelta ?? 0)
      writer.write(entry.lastTimestamp)
      writer.write(entry.coordinatorEpoch)
      writer.write(entry.transactionStart?.rawValue ?? -1)
    }
    writer.write(extraMagic)
    for (_, entry) in sorted {
      writer.write(entry.lastAppendMilliseconds)
      writer.write(UInt8(max(0, entry.batchCount - 1)))
      for index in 0..<max(0, entry.batchCount - 1) {
        let batch = entry.batch(index)
        writer.write(batch.lastSequence)
        writer.write(batch.lastOffset.rawValue)
        writer.write(batch.offsetDelta)
      }
    }
    let body = UnsafeRawBufferPointer(rebasing: writer.bytes[bodyPosition...])
    writer.patch(CRC32C.checksum(body), at: crcPosition)
    return writer.finish()
  }

  /// Reads a file's bytes; nil when they are torn, damaged or of another version.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> ProducerState? {
    var reader = ByteReader(bytes)
    guard reader.read(Int16.self) == version, let crc = reader.read(UInt32.self),
      CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[bodyPosition...])) == crc,
      let count = reader.read(Int32.self), count >= 0
    else { return nil }
    var ids: [Int64] = []
    var entries: [ProducerEntry] = []
    var last: [ProducerBatch?] = []
    for _ in 0..<count {
      guard let id = reader.read(Int64.self), let epoch = reader.read(Int16.self),
        let sequence = reader.read(Int32.self), let offset = reader.read(Int64.self),
        let delta = reader.read(Int32.self), let time = reader.read(Int64.self),
        delta >= 0, let coordinatorEpoch = reader.read(Int32.self),
        let transactionStart = reader.read(Int64.self)
      else { return nil }
      ids.append(id)
      var entry = ProducerEntry(epoch: epoch, lastAppendMilliseconds: time)
      entry.lastTimestamp = time
      entry.coordinatorEpoch = coordinatorEpoch
      entry.transactionStart = transactionStart < 0 ? nil : Offset(transactionStart)
      entries.append(entry)
      last.append(
        sequence < 0
          ? nil
          : ProducerBatch(
            lastSequence: sequence, lastOffset: Offset(offset), offsetDelta: delta))
    }
    let magic = reader.read(UInt32.self)
    if magic == extraMagic || magic == olderExtraMagic {
      for index in entries.indices {
        if magic == extraMagic {
          guard let time = reader.read(Int64.self) else { return nil }
          entries[index].lastAppendMilliseconds = time
        }
        guard readEarlier(&reader, into: &entries[index]) else { return nil }
      }
    }
    var state = ProducerState()
    for index in entries.indices {
      if let batch = last[index] { entries[index].add(batch) }
      state.restore(ids[index], entries[index])
    }
    return state
  }

  private static func readEarlier(
    _ reader: inout ByteReader, into entry: inout ProducerEntry
  ) -> Bool {
    guard let count = reader.read(UInt8.self), count < ProducerEntry.batchLimit else {
      return false
    }
    for _ in 0..<count {
      guard let sequence = reader.read(Int32.self), let offset = reader.read(Int64.self),
        let delta = reader.read(Int32.self), sequence >= 0, delta >= 0
      else { return false }
      entry.add(
        ProducerBatch(lastSequence: sequence, lastOffset: Offset(offset), offsetDelta: delta))
    }
    return true
  }
}
