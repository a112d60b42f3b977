import Platform
import Records
import Testing

@testable import Lake

@Suite struct PageIndexTests {
  private func sample(seed: UInt64 = 1) throws -> SampleFile {
    let first = Samples.mixed(count: 1200, seed: seed)
    let second = Samples.mixed(
      count: 700, seed: seed + 1, firstOffset: first.last!.offset + 1)
    return try SampleFile([first, second])
  }

  @Test func `describes rows, pages and bounds`() throws {
    let file = try sample()
    let index = file.index
    #expect(index.recordCount == 1900)
    #expect(index.rowGroups.map(\.rowCount) == [1200, 700])
    #expect(index.offsets == 0...file.records.last!.offset)
    #expect(index.bounds(of: .partition) == 0...0)
    #expect(index.rowGroups[0][.value].pages.count > 20)
    #expect(index.rowGroups[0][.offset].pages.count > 10)
    #expect(index.rowGroups[0][.timestampType].pages.count == 1)
    for group in index.rowGroups {
      for (number, page) in group[.offset].pages.enumerated() {
        let rows = group.rows(of: .offset, page: number)
        let base = group == index.rowGroups[0] ? 0 : 1200
        #expect(page.minimum == file.records[base + rows.lowerBound].offset)
        #expect(page.maximum == file.records[base + rows.upperBound - 1].offset)
      }
    }
  }

  @Test func `pages of values are full and stay within their limit`() throws {
    let limit = 4096
    let pageHeader = 64
    let largest = 400
    let file = try SampleFile(
      [Samples.mixed(count: 2000, seed: 11, valueByteCount: largest / 2)],
      options: ParquetOptions(codec: .uncompressed, pageByteCount: limit))
    let pages = file.index.rowGroups[0][.value].pages
    for page in pages { #expect(page.byteCount <= limit + pageHeader) }
    for page in pages.dropLast() { #expect(page.byteCount > limit - largest - 64) }
  }

  @Test func `comes back from its compact form`() throws {
    let index = try sample().index
    let encoded = index.encoded()
    #expect(PageIndex(encoded: encoded.bytes) == index)
    let bytes = encoded.array
    #expect(bytes.count < 3000)
    for count in 0..<bytes.count {
      #expect(bytes[..<count].withUnsafeBytes { PageIndex(encoded: $0) } == nil)
    }
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= 0x10
      #expect(damaged.withUnsafeBytes { PageIndex(encoded: $0) } == nil)
    }
  }

  @Test func `what is no Parquet file is refused`() {
    for bytes in [
      [], Array("PAR1".utf8), Array("PAR1PAR1PAR1".utf8), Array(repeating: 0, count: 99),
    ]
      as [[UInt8]]
    {
      #expect(throws: LakeError.self) { try SampleFile.index(of: bytes) }
    }
  }

  @Test func `every truncated tail is refused or asks for more`() throws {
    let file = try sample()
    for count in stride(from: 0, to: 4000, by: 7) {
      let tail = Array(file.bytes.suffix(count))
      tail.withUnsafeBytes { bytes in
        let reading = try? PageIndex.read(
          tail: bytes, fileByteCount: Int64(file.bytes.count), file: "test.parquet")
        if case .complete(let index) = reading { #expect(index == file.index) }
      }
    }
  }

  // A damaged index either is refused or at worst describes pages that then fail to decode.
  @Test func `damaged footers and indexes never crash`() throws {
    let file = try sample(seed: 3)
    let start = Int(file.index.rowGroups[1][.value].pages.last!.range.upperBound)
    let random = SeededRandom(seed: 3)
    for _ in 0..<1500 {
      var damaged = file.bytes
      for _ in 0...random.below(3) {
        damaged[start + random.below(damaged.count - start)] = UInt8(random.below(256))
      }
      guard let index = try? SampleFile.index(of: damaged) else { continue }
      let plan = index.plan(
        partition: PartitionID(0), offsets: Offset(100)..<Offset(2000), byteBudget: 50_000)
      guard plan.ranges.allSatisfy({ $0.upperBound <= Int64(damaged.count) }) else { continue }
      let buffers = plan.ranges.map {
        ByteBlock(Array(damaged[Int($0.lowerBound)..<Int($0.upperBound)]))
      }
      _ = try? plan.decode(buffers, file: "test.parquet")
    }
  }

  @Test func `damaged pages are refused and leave the columns as they were`() throws {
    let file = try sample(seed: 4)
    let plan = file.index.plan(
      partition: PartitionID(0), offsets: Offset(0)..<Offset(Int64.max), byteBudget: .max)
    #expect(plan.ranges.count == 1)
    let good = file.fetch(plan)[0].array
    let before = [SampleRecord(offset: -5, key: [1], value: [2])]
    let random = SeededRandom(seed: 4)
    var refused = 0
    for checking in [true, false] {
      for _ in 0..<400 {
        var damaged = good
        damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
        let columns = RecordColumns(before)
        do {
          try plan.decode(
            [ByteBlock(damaged)], file: "test.parquet", into: columns,
            checkingChecksums: checking)
          // Some bits mean nothing: a page's spare statistics, for one.
          if checking { #expect(columns.samples == before + file.records) }
        } catch {
          refused += 1
          #expect(columns.samples == before)
        }
      }
    }
    #expect(refused > 400)
  }

  @Test func `too few bytes are refused`() throws {
    let file = try sample(seed: 5)
    let plan = file.index.plan(
      partition: PartitionID(0), offsets: Offset(10)..<Offset(20), byteBudget: 1)
    let short = file.fetch(plan).map { ByteBlock(Array($0.array.dropLast())) }
    #expect(throws: LakeError.self) { try plan.decode(short, file: "test.parquet") }
    #expect(throws: LakeError.self) { try plan.decode([], file: "test.parquet") }
  }
}
