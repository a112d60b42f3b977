import Platform
import Records
import Testing

@testable import CommitLog

struct TimestampTests {
  /// A real batch with these timestamps.
  private func batch(_ timestamps: [Int64], _ codec: Compression) throws -> [UInt8] {
    var builder = RecordBatchBuilder()
    builder.begin(at: Offset(0), leaderEpoch: LeaderEpoch(0))
    for (index, timestamp) in timestamps.enumerated() {
      let isTaken = builder.append(
        offset: Offset(Int64(index)), timestamp: timestamp, key: nil, value: nil)
      precondition(isTaken)
    }
    return Array(try builder.finish(with: Compressor(codec)))
  }

  @Test(arguments: [Compression.none, .zstd, .gzip])
  func `the first record at or after a time is found as by a walk`(codec: Compression) throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 1500, indexIntervalBytes: 200))
    let random = SeededRandom(seed: 11)
    var all: [Int64] = []
    for step in 0..<120 {
      let timestamps = (0...random.below(4)).map { _ in Int64(step * 10 + random.below(60)) }
      all += timestamps
      var bytes = try batch(timestamps, codec)
      try bytes.withUnsafeMutableBytes { buffer in
        _ = try log.append(
          [BatchAppend(bytes: buffer, header: BatchHeader(UnsafeRawBufferPointer(buffer))!)],
          epoch: LeaderEpoch(Int32(step / 50)), now: 0)
      }
    }
    let decompressor = Decompressor()
    for time in stride(from: Int64(-5), to: 1300, by: 7) {
      for start in [0, all.count / 2] {
        let index = all.indices.first { $0 >= start && all[$0] >= time }
        let found = try log.firstRecord(
          since: time, from: Offset(Int64(start)), decompressor: decompressor)
        #expect(found?.offset.rawValue == index.map { Int64($0) })
        #expect(found?.timestamp == index.map { all[$0] })
        if let found {
          #expect(found.leaderEpoch == log.leaderEpochs.epoch(at: found.offset))
        }
      }
    }
    let maximum = all.max()!
    let youngest = try log.recordOfMaxTimestamp(decompressor: decompressor)
    #expect(youngest?.offset.rawValue == all.firstIndex(of: maximum).map { Int64($0) })
    #expect(youngest?.timestamp == maximum)
  }

  @Test func `a log without records has no youngest one`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log()
    #expect(try log.recordOfMaxTimestamp(decompressor: Decompressor()) == nil)
    #expect(try log.firstRecord(since: 0, decompressor: Decompressor()) == nil)
  }
}
