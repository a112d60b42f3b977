import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Reads a partition of `__consumer_offsets` from its start and replays it; blocks on the disk.
struct GroupShardLoader {
  private static let bufferByteCount = 1 << 20

  private let partition: PartitionLog
  private let log: Logger

  init(_ partition: PartitionLog, _ log: Logger) {
    self.partition = partition
    self.log = log
  }

  /// Gives the shard with everything that the log holds now.
  ///
  /// - Throws: `corrupt` for a damaged batch: to go on without it would lose offsets.
  func load(_ empty: GroupShard) throws(StorageError) -> GroupShard {
    var shard = empty
    let decompressor = Decompressor()
    var reader = partition.reader(from: partition.localStartOffset, to: partition.endOffset)
    var buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.bufferByteCount, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      switch try reader.read(into: buffer) {
      case .batches(let byteCount):
        try replay(
          UnsafeRawBufferPointer(rebasing: buffer[..<byteCount]), decompressor, into: &shard)
      case .needs(let byteCount):
        buffer.deallocate()
        buffer = .allocate(byteCount: byteCount, alignment: 16)
      case .end, .gone: return shard
      }
    }
  }

  private func replay(
    _ bytes: UnsafeRawBufferPointer, _ decompressor: Decompressor, into shard: inout GroupShard
  ) throws(StorageError) {
    var rest = bytes
    while let header = BatchHeader(rest), header.byteCount <= rest.count {
      let batch = UnsafeRawBufferPointer(rebasing: rest[..<header.byteCount])
      guard header.hasValidChecksum(in: batch) else {
        throw damaged("a batch with a wrong checksum at offset \(header.baseOffset)")
      }
      if !header.isControl {
        do throws(BatchError) {
          var records = try RecordIterator(batch: batch, decompressor: decompressor)
          while let record = try records.next() { replay(record, into: &shard) }
        } catch {
          throw damaged("the batch at offset \(header.baseOffset): \(error)")
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[header.byteCount...])
    }
  }

  private func replay(_ record: RecordView, into shard: inout GroupShard) {
    guard let key = record.key else { return }
    do throws(WireError) {
      if let known = try GroupRecord(key: key, value: record.value) { shard.replay(known) }
    } catch {
      log.warn(
        "a record of the offsets topic cannot be read and is left out",
        ("partition", partition.topicPartition), ("offset", record.offset), ("error", error))
    }
  }

  private func damaged(_ reason: String) -> StorageError {
    .corrupt(file: partition.directory, position: 0, reason: reason)
  }
}
