import Lake
import Platform
import Records
import Testing

@testable import Tiering

struct BatchAssemblyTests {
  private struct Row {
    var offset: Int64
    var timestamp: Int64 = 1000
    var type: UInt8 = 0
    var epoch: Int32 = 1
  }

  private func columns(_ rows: [Row]) -> RecordColumns {
    let columns = RecordColumns(partition: PartitionID(0))
    for row in rows {
      let value = ByteBlock(Array("value-\(row.offset)".utf8))
      let isTaken = columns.append(
        offset: Offset(row.offset), timestamp: row.timestamp, timestampType: row.type,
        leaderEpoch: LeaderEpoch(row.epoch), key: nil, value: value.bytes)
      withExtendedLifetime(value) {}
      precondition(isTaken)
    }
    return columns
  }

  /// The headers of the batches that are made of the rows; they must meet without a gap.
  private func assemble(
    _ rows: [Row], from start: Int64, through end: Int64,
    epochs: [(epoch: Int32, start: Int64)] = [(1, 0)]
  ) throws -> [BatchHeader] {
    var assembly = BatchAssembly(
      from: Offset(start),
      leaderEpochs: epochs.map { .init(epoch: LeaderEpoch($0.epoch), start: Offset($0.start)) })
    try assembly.append(columns(rows), from: 0)
    let block = try assembly.finish(through: Offset(end))
    var headers: [BatchHeader] = []
    var position = 0
    var next = start
    while position < block.count {
      let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[position...])
      let header = try #require(BatchHeader(bytes))
      #expect(header.baseOffset.rawValue == next)
      #expect(
        header.hasValidChecksum(in: UnsafeRawBufferPointer(rebasing: bytes[..<header.byteCount])))
      next = header.nextOffset.rawValue
      headers.append(header)
      position += header.byteCount
    }
    withExtendedLifetime(block) {}
    #expect(next == end)
    return headers
  }

  @Test func `small gaps are covered by the batch before them`() throws {
    let headers = try assemble(
      [Row(offset: 5), Row(offset: 9), Row(offset: 10)], from: 2, through: 20)
    #expect(headers.count == 1)
    #expect(headers[0].recordCount == 3)
  }

  @Test(arguments: [0, 7, 3_000_000_000, 9_000_000_000] as [Int64])
  func `a gap of more offsets than a batch can reach over does not stop a reader`(first: Int64)
    throws
  {
    let far = first + 5_000_000_000
    let headers = try assemble(
      [Row(offset: first), Row(offset: first + 1), Row(offset: far)], from: 0,
      through: far + 6_000_000_000)
    #expect(headers.filter { !$0.isControl }.reduce(0) { $0 + $1.recordCount } == 3)
    #expect(headers.contains { $0.isControl })
  }

  @Test func `batches are cut where the leader epoch changes`() throws {
    let headers = try assemble(
      [Row(offset: 0), Row(offset: 1), Row(offset: 4, epoch: 3), Row(offset: 5, epoch: 4)],
      from: 0, through: 6)
    #expect(headers.map(\.partitionLeaderEpoch.rawValue) == [1, 3, 4])
    #expect(headers.map(\.lastOffset.rawValue) == [3, 4, 5])
  }

  /// What was aborted, and the ends of transactions, are offsets without a row.
  @Test func `no batch reaches over offsets of a later epoch`() throws {
    let headers = try assemble(
      [Row(offset: 0), Row(offset: 1), Row(offset: 6, epoch: 3), Row(offset: 7, epoch: 3)],
      from: 0, through: 20, epochs: [(1, 0), (2, 3), (3, 5), (4, 9), (5, 14), (6, 20)])
    #expect(headers.map(\.partitionLeaderEpoch.rawValue) == [1, 3, 5])
    #expect(headers.map(\.lastOffset.rawValue) == [2, 8, 19])
    #expect(headers.map(\.isControl) == [false, false, true])
  }

  @Test func `a gap is of the epoch in which it ends`() throws {
    let headers = try assemble([], from: 4, through: 9, epochs: [(1, 0), (2, 6), (3, 9)])
    #expect(headers.map(\.partitionLeaderEpoch.rawValue) == [2])
  }

  @Test func `each time of a log-append topic has a batch of its own`() throws {
    let headers = try assemble(
      [
        Row(offset: 0, timestamp: 10, type: 1), Row(offset: 1, timestamp: 10, type: 1),
        Row(offset: 2, timestamp: 11, type: 1), Row(offset: 3, timestamp: 99, type: 0),
        Row(offset: 4, timestamp: 3, type: 0),
      ], from: 0, through: 5)
    #expect(headers.map(\.recordCount) == [2, 1, 2])
    #expect(headers.map(\.maxTimestamp) == [10, 11, 99])
    #expect(headers.map { $0.timestampType == .logAppend } == [true, true, false])
  }

  @Test func `an offset that comes twice is refused`() {
    #expect(throws: TieringError.self) {
      try assemble([Row(offset: 3), Row(offset: 3)], from: 0, through: 9)
    }
  }

  @Test func `nothing but a gap is a batch that clients skip`() throws {
    let headers = try assemble([], from: 4, through: 9)
    #expect(headers.count == 1)
    #expect(headers[0].isControl)
  }
}
