import CommitLog
import Platform
import Records

/// Reads a partition of an internal topic from its start; blocks on the disk.
struct ShardReader {
  /// What a shard is rebuilt from, in the log's order.
  enum Item {
    /// A record, in the transaction of this producer or in none.
    case record(RecordView, producerID: Int64?)
    /// The end of a producer's transaction.
    case transactionEnd(producerID: Int64, commits: Bool)
  }

  private static let bufferByteCount = 1 << 20

  private let partition: PartitionLog

  init(_ partition: PartitionLog) { self.partition = partition }

  /// Hands over everything that the log holds now.
  ///
  /// - Throws: `corrupt` for a damaged batch: to go on without it would lose state.
  func read(_ replay: (Item) -> Void) throws(StorageError) {
    let decompressor = Decompressor()
    var reader = partition.reader(from: partition.localStartOffset, to: partition.endOffset)
    var buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.bufferByteCount, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      switch try reader.read(into: buffer) {
      case .batches(let byteCount):
        try read(
          UnsafeRawBufferPointer(rebasing: buffer[..<byteCount]), decompressor, replay)
      case .needs(let byteCount):
        buffer.deallocate()
        buffer = .allocate(byteCount: byteCount, alignment: 16)
      case .end, .gone: return
      }
    }
  }

  private func read(
    _ bytes: UnsafeRawBufferPointer, _ decompressor: Decompressor, _ replay: (Item) -> Void
  ) throws(StorageError) {
    var rest = bytes
    while let header = BatchHeader(rest), header.byteCount <= rest.count {
      let batch = UnsafeRawBufferPointer(rebasing: rest[..<header.byteCount])
      guard header.hasValidChecksum(in: batch) else {
        throw damaged("a batch with a wrong checksum at offset \(header.baseOffset)")
      }
      do throws(BatchError) {
        var records = try RecordIterator(batch: batch, decompressor: decompressor)
        while let record = try records.next() {
          if let item = Item(record, header) { replay(item) }
        }
      } catch {
        throw damaged("the batch at offset \(header.baseOffset): \(error)")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[header.byteCount...])
    }
  }

  private func damaged(_ reason: String) -> StorageError {
    .corrupt(file: partition.directory, position: 0, reason: reason)
  }
}

extension ShardReader.Item {
  /// Nil for a control record that ends no transaction.
  fileprivate init?(_ record: RecordView, _ header: BatchHeader) {
    guard header.isControl else {
      self = .record(record, producerID: header.isTransactional ? header.producerID : nil)
      return
    }
    switch ControlRecord(record) {
    case .commit: self = .transactionEnd(producerID: header.producerID, commits: true)
    case .abort: self = .transactionEnd(producerID: header.producerID, commits: false)
    case .other, nil: return nil
    }
  }
}
