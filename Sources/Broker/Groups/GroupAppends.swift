import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Records of one shard on their way to its log and to the disk, in the order in which the groups
/// gave them. Belongs to the shard's loop.
struct GroupAppends {
  /// Who waits for some records.
  struct Owner {
    let group: String
    let ticket: PersistTicket
  }

  /// What became of a write.
  struct Written {
    /// The end of what was appended; nil when nothing was.
    var end: Offset?
    /// Whose records are not in the log, and the error that their clients get.
    var refused: [(Owner, ErrorCode)] = []
  }

  private let partition: Partition
  private let parts: GroupShardDriver.Parts
  private var waiting: [(owner: Owner, records: [GroupRecord])] = []
  /// Appended and not known to be synced, by the end of their write.
  private var unsynced: [(end: Offset, owners: [Owner])] = []

  init(_ partition: Partition, _ parts: GroupShardDriver.Parts) {
    self.partition = partition
    self.parts = parts
  }

  /// Queues records for the next `write`; true when they are the first.
  mutating func add(_ records: [GroupRecord], _ owner: Owner) -> Bool {
    waiting.append((owner, records))
    return waiting.count == 1
  }

  /// Appends all that waits with one system call.
  mutating func write() -> Written {
    var written = Written()
    var accepted: [Owner] = []
    var encoded: [(key: [UInt8], value: [UInt8]?)] = []
    for (owner, records) in waiting {
      do throws(WireError) {
        var own: [(key: [UInt8], value: [UInt8]?)] = []
        for record in records { own.append(try record.encoded()) }
        encoded += own
        accepted.append(owner)
      } catch {
        written.refused.append((owner, .invalidCommitOffsetSize))
      }
    }
    waiting.removeAll(keepingCapacity: true)
    guard !encoded.isEmpty else { return written }
    let now = parts.clock.wallMilliseconds()
    let block = batches(of: encoded, now)
    do throws(StorageError) {
      _ = try partition.log.append(
        Self.split(block), epoch: partition.leaderEpoch, now: now)
      let end = partition.log.endOffset
      written.end = end
      unsynced.append((end, accepted))
    } catch {
      parts.log.error(
        "offsets and groups cannot be written", ("partition", partition.id), ("error", error))
      written.refused += accepted.map { ($0, .notCoordinator) }
    }
    return withExtendedLifetime(block) { written }
  }

  /// Those whose writes end at or before `end`, in their order.
  mutating func take(upTo end: Offset) -> [Owner] {
    let count = unsynced.prefix { $0.end <= end }.count
    defer { unsynced.removeFirst(count) }
    return unsynced[..<count].flatMap(\.owners)
  }

  /// One batch as a rule; more where one cannot hold all. The log gives them their offsets.
  private func batches(of records: [(key: [UInt8], value: [UInt8]?)], _ now: Int64) -> ByteBlock {
    var builder = RecordBatchBuilder(capacity: 4096)
    var count: Int64 = 0
    builder.begin(at: Offset(0), leaderEpoch: partition.leaderEpoch)
    for record in records {
      if builder.append(
        offset: Offset(count), timestamp: now, keyBytes: record.key, valueBytes: record.value)
      {
        count += 1
        continue
      }
      finish(&builder)
      builder.begin(at: Offset(0), leaderEpoch: partition.leaderEpoch)
      let isIn = builder.append(
        offset: Offset(0), timestamp: now, keyBytes: record.key, valueBytes: record.value)
      precondition(isIn, "a record that came in one frame fits a batch")
      count = 1
    }
    finish(&builder)
    return builder.takeBlock()
  }

  private func finish(_ builder: inout RecordBatchBuilder) {
    do throws(BatchError) { try builder.finish() } catch {
      preconditionFailure("a batch without compression failed: \(error)")
    }
  }

  /// The batches in a block that nobody else refers to, so that the log may write into them.
  private static func split(_ block: ByteBlock) -> [BatchAppend] {
    let bytes = UnsafeMutableRawBufferPointer(mutating: block.bytes)
    var batches: [BatchAppend] = []
    var position = 0
    while position < bytes.count,
      let header = BatchHeader(UnsafeRawBufferPointer(rebasing: bytes[position...]))
    {
      let batch = bytes[position..<position + header.byteCount]
      batches.append(
        BatchAppend(bytes: UnsafeMutableRawBufferPointer(rebasing: batch), header: header))
      position += header.byteCount
    }
    return batches
  }
}
