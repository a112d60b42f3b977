import Platform
import Records
import Testing

@testable import Lake

/// An encoded file in memory with its page index, and what it was made from.
struct SampleFile {
  let bytes: [UInt8]
  let records: [SampleRecord]
  let index: PageIndex
  let partition: Int32

  init(
    _ groups: [[SampleRecord]], partition: Int32 = 0,
    options: ParquetOptions = ParquetOptions(pageByteCount: 4096)
  ) throws {
    bytes = try encodeFile(groups, partition: partition, options: options).bytes
    records = groups.flatMap { $0 }
    index = try SampleFile.index(of: bytes)
    self.partition = partition
  }

  /// Reads the index as a client of an object store does: some bytes from the end, then more.
  static func index(of file: [UInt8], tailByteCount: Int = 1000) throws -> PageIndex {
    var count = min(tailByteCount, file.count)
    for _ in 0..<3 {
      let tail = Array(file.suffix(count))
      let reading = try tail.withUnsafeBytes {
        try PageIndex.read(tail: $0, fileByteCount: Int64(file.count), file: "test.parquet")
      }
      switch reading {
      case .complete(let index): return index
      case .needsTail(let more):
        #expect(more > count && more <= file.count)
        count = more
      }
    }
    throw LakeError.invalid("more than three reads")
  }

  /// Fetches what a plan wants.
  func fetch(_ plan: ReadPlan) -> [ByteBlock] {
    plan.ranges.map { ByteBlock(Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)])) }
  }

  /// Reads offsets with plan after plan until the file has no more.
  func read(
    _ offsets: Range<Int64>, byteBudget: Int, partition: Int32? = nil
  ) throws -> (records: [SampleRecord], plans: [ReadPlan]) {
    let wanted = PartitionID(partition ?? self.partition)
    let columns = RecordColumns(partition: wanted, byteLimit: .max)
    var plans: [ReadPlan] = []
    var position: ReadPlan.Position?
    repeat {
      let plan = index.plan(
        partition: wanted, offsets: Offset(offsets.lowerBound)..<Offset(offsets.upperBound),
        byteBudget: byteBudget, resumingAt: position)
      try plan.decode(fetch(plan), file: "test.parquet", into: columns)
      plans.append(plan)
      if let position, let next = plan.next { try #require(next > position) }
      position = plan.next
    } while position != nil
    return (columns.samples, plans)
  }
}
