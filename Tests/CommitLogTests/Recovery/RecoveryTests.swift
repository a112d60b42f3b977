import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

struct RecoveryTests {
  private let log0 = "00000000000000000000.log"

  /// A log of 101-byte batches with one record each, left as a crash leaves it.
  private func crashed(
    _ directory: TemporaryDirectory, batches: Int, segmentBytes: Int64 = 10_000
  ) throws {
    let log = try directory.log(.small(segmentBytes: segmentBytes))
    for step in 0..<batches {
      try log.append([TestBatch(timestamp: Int64(step), seed: UInt8(step))])
    }
  }

  private func edit(
    _ directory: TemporaryDirectory, _ name: String, _ body: (inout [UInt8]) -> Void
  ) throws {
    let path = "\(directory.path)/\(name)"
    var bytes = try directory.fileSystem.readAll(path)
    body(&bytes)
    try directory.fileSystem.replace(path, with: bytes)
  }

  @Test func `every truncated tail recovers to the last whole batch`() throws {
    let directory = try TemporaryDirectory(on: SimulatedFileSystem())
    try crashed(directory, batches: 3)
    let whole = try directory.fileSystem.readAll("\(directory.path)/\(log0)")
    for end in 0...whole.count {
      try edit(directory, log0) { $0 = Array(whole[..<end]) }
      let log = try directory.log(.small(), recoveryPoint: Offset(0))
      #expect(log.endOffset == Offset(Int64(end / 101)))
      #expect(log.byteCount == Int64(end / 101 * 101))
      #expect(try log.readAll(from: Offset(0)).count == end / 101)
      try log.append([TestBatch()])
      #expect(try log.readAll(from: Offset(0)).count == end / 101 + 1)
    }
  }

  @Test func `a flipped bit anywhere above the recovery point cuts the log there`() throws {
    let directory = try TemporaryDirectory(on: SimulatedFileSystem())
    try crashed(directory, batches: 4)
    let whole = try directory.fileSystem.readAll("\(directory.path)/\(log0)")
    for position in 101..<303 {
      // The leader epoch lies outside the checksum, and any is possible.
      let field = position % 101
      if (12..<16).contains(field) { continue }
      try edit(directory, log0) {
        $0 = whole
        $0[position] ^= 0x40
      }
      let log = try directory.log(.small(), recoveryPoint: Offset(1))
      // A base offset outside the checksum can only be judged by its order.
      if field < 8 { continue }
      #expect(log.endOffset == Offset(Int64(position / 101)))
    }
  }

  @Test func `zeros and garbage behind the last batch are cut off`() throws {
    for tail in [[UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0xff, count: 70)] {
      let directory = try TemporaryDirectory()
      try crashed(directory, batches: 5)
      try edit(directory, log0) { $0 += tail }
      let log = try directory.log(.small(), recoveryPoint: Offset(5))
      #expect(log.endOffset == Offset(5) && log.byteCount == 505)
    }
  }

  @Test func `damage below the recovery point is an error and cuts nothing`() throws {
    let directory = try TemporaryDirectory()
    try crashed(directory, batches: 5)
    let whole = try directory.fileSystem.readAll("\(directory.path)/\(log0)")
    let damages: [(inout [UInt8]) -> Void] = [
      { $0.removeLast(102) }, { $0[2 * 101 + 16] = 7 }, { $0[101 + 8] = 0x70 }, { $0 = [] },
    ]
    for damage in damages {
      try edit(directory, log0) {
        $0 = whole
        damage(&$0)
      }
      let before = try directory.fileSystem.readAll("\(directory.path)/\(log0)")
      let error = #expect(throws: StorageError.self) {
        try directory.log(.small(), recoveryPoint: Offset(4))
      }
      guard case .corrupt = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(try directory.fileSystem.readAll("\(directory.path)/\(log0)") == before)
    }
  }

  @Test func `damage after a clean stop is an error too`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small())
    for _ in 0..<5 { try log.append([TestBatch()]) }
    try log.close()
    try edit(directory, log0) { $0.removeLast(10) }
    #expect(throws: StorageError.self) { try directory.log(.small()) }
  }

  @Test func `segments behind a torn one are dropped`() throws {
    let directory = try TemporaryDirectory()
    try crashed(directory, batches: 30, segmentBytes: 505)
    try edit(directory, "00000000000000000010.log") { $0[3 * 101 + 80] ^= 1 }
    let log = try directory.log(.small(segmentBytes: 505), recoveryPoint: Offset(7))
    #expect(log.endOffset == Offset(13))
    #expect(log.segments.map(\.baseOffset.rawValue) == [0, 5, 10])
    let names = try directory.names
    #expect(!names.contains { $0.hasPrefix("00000000000000000015") })
    try log.append((0..<10).map { _ in TestBatch() })
    #expect(try log.readAll(from: Offset(0)).count == 23)
  }

  @Test func `a segment that is missing in the middle of the unsynced part ends the log`() throws {
    let directory = try TemporaryDirectory()
    try crashed(directory, batches: 30, segmentBytes: 505)
    try directory.fileSystem.remove("\(directory.path)/00000000000000000010.log")
    let log = try directory.log(.small(segmentBytes: 505), recoveryPoint: Offset(7))
    #expect(log.endOffset == Offset(10))
  }

  @Test(arguments: ["missing", "empty", "odd", "zeros", "garbage"])
  func `bad indexes are made anew`(damage: String) throws {
    let directory = try TemporaryDirectory()
    let config = LogConfig.small(segmentBytes: 3030)
    let log = try directory.log(config)
    for step in 0..<100 { try log.append([TestBatch(timestamp: Int64(step))]) }
    try log.close()
    for name in try directory.names where name.hasSuffix("index") {
      let path = "\(directory.path)/\(name)"
      let count = try directory.fileSystem.readAll(path).count
      switch damage {
      case "missing": try directory.fileSystem.remove(path)
      case "empty": try directory.fileSystem.replace(path, with: [])
      case "odd": try directory.fileSystem.replace(path, with: [1, 2, 3])
      case "zeros":
        try directory.fileSystem.replace(path, with: [UInt8](repeating: 0, count: count))
      default:
        try directory.fileSystem.replace(path, with: [UInt8](repeating: 0xee, count: count))
      }
    }
    let again = try directory.log(config)
    #expect(again.endOffset == Offset(100))
    #expect(again.segments.map(\.maxTimestamp) == log.segments.map(\.maxTimestamp))
    for offset in 0..<100 {
      guard case .slice(let slice) = try again.read(from: Offset(Int64(offset)), maxBytes: 1)
      else {
        Issue.record("nothing at \(offset)")
        continue
      }
      #expect(batchHeaders(try slice.read()).map(\.baseOffset.rawValue) == [Int64(offset)])
    }
  }

  @Test func `what a crash left half done is removed`() throws {
    let directory = try TemporaryDirectory()
    try crashed(directory, batches: 3)
    let strays = [
      "00000000000000000009.log.deleted", "leader-epoch-checkpoint.tmp",
      "00000000000000000007.index", "00000000000000000001.log.cleaned",
      "00000000000000000050.snapshot", "00000000000000000002.snapshot",
    ]
    for name in strays {
      try directory.fileSystem.replace("\(directory.path)/\(name)", with: [1, 2])
    }
    _ = try directory.log(.small(), recoveryPoint: Offset(0))
    let names = try directory.names
    for name in strays { #expect(!names.contains(name), "\(name)") }
  }

  @Test func `producers and epochs are as before the crash`() throws {
    let directory = try TemporaryDirectory()
    let config = LogConfig.small(segmentBytes: 505)
    let log = try directory.log(config)
    for step in 0..<23 {
      let mark = TestBatch.ProducerMark(id: Int64(step % 2), sequence: Int32(step / 2))
      try log.append([TestBatch(producer: mark)], epoch: Int32(step / 10))
    }
    let again = try directory.log(config, recoveryPoint: Offset(0))
    #expect(again.leaderEpochs.entries.map(\.startOffset.rawValue) == [0, 10, 20])
    for step in 13..<23 {
      let mark = TestBatch.ProducerMark(id: Int64(step % 2), sequence: Int32(step / 2))
      let outcomes = try again.append([TestBatch(producer: mark)], epoch: 5)
      #expect(outcomes == [.duplicate(baseOffset: Offset(Int64(step)))])
    }
    let old = TestBatch.ProducerMark(id: 0, sequence: 3)
    #expect(try again.append([TestBatch(producer: old)], epoch: 5) == [.outOfOrderSequence])
    let next = TestBatch.ProducerMark(id: 1, sequence: 11)
    #expect(
      try again.append([TestBatch(producer: next)], epoch: 5)
        == [.appended(baseOffset: Offset(23))])
  }

  @Test func `a log start above the end begins anew there`() throws {
    let directory = try TemporaryDirectory()
    try crashed(directory, batches: 3)
    let log = try directory.log(.small(), recoveryPoint: Offset(9), logStartOffset: Offset(10))
    #expect(log.endOffset == Offset(10) && log.localStartOffset == Offset(10))
  }
}
