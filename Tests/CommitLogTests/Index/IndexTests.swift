import Platform
import Records
import Simulation
import Testing

@testable import CommitLog

struct IndexTests {
  @Test(arguments: [0, 1, 2, 511, 512, 513, 1024, 5000])
  func `a lookup finds what a walk would, in memory and on disk`(count: Int) throws {
    let fileSystem = SimulatedFileSystem()
    let index = IndexFile<OffsetEntry>(fileSystem, path: "/index")
    for step in 0..<count {
      try index.append(
        OffsetEntry(relativeOffset: Int32(step * 3), position: Int32(step * 7 + 1)))
    }
    func check() throws {
      #expect(index.count == count)
      for target in stride(from: -1, to: Int32(count * 3 + 2), by: max(1, count / 400)) {
        let found = try index.floor { $0.relativeOffset <= target }
        let step = count == 0 || target < 0 ? nil : min(Int(target) / 3, count - 1)
        #expect(found?.relativeOffset == step.map { Int32($0 * 3) })
        #expect(found?.position == step.map { Int32($0 * 7 + 1) })
      }
    }
    try check()
    try index.flush()
    try check()
    try index.sync()
    try index.release()
    try check()
    #expect(try fileSystem.readAll("/index").count == count * 8)
  }

  @Test func `entries are big-endian as Kafka has them`() {
    var bytes: [UInt8] = []
    OffsetEntry(relativeOffset: 1, position: 0x0203).write(to: &bytes)
    #expect(bytes == [0, 0, 0, 1, 0, 0, 2, 3])
    bytes = []
    TimeEntry(timestamp: 0x0102, relativeOffset: 3).write(to: &bytes)
    #expect(bytes == [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3])
    #expect(bytes.withUnsafeBytes { TimeEntry($0.baseAddress!) }.timestamp == 0x0102)
  }

  @Test func `the tail index remembers the last batches only`() {
    var tail = TailIndex()
    #expect(tail.position(of: Offset(0)) == nil)
    for step in 0..<1000 {
      tail.append(.init(baseOffset: Offset(Int64(step * 2)), position: Int64(step * 10)))
      let oldest = max(0, step - TailIndex.capacity + 1)
      #expect(tail.position(of: Offset(Int64(step * 2 + 1))) == Int64(step * 10))
      #expect(tail.position(of: Offset(Int64(oldest * 2))) == Int64(oldest * 10))
      #expect(tail.position(of: Offset(Int64(oldest * 2 - 1))) == nil)
      #expect(
        tail.boundary(atOrBelow: Int64(oldest * 10 + 9))?.position == Int64(oldest * 10))
      #expect(tail.boundary(atOrBelow: Int64(oldest * 10 - 1)) == nil)
    }
  }

  @Test func `read cursors are found until they are pushed out`() {
    var cursors = ReadCursors()
    for step in 0..<100 {
      cursors.note(Offset(Int64(step)), segmentBase: Offset(0), position: Int64(step * 5))
      #expect(cursors.position(of: Offset(Int64(step)), segmentBase: Offset(0)) == Int64(step * 5))
      #expect(cursors.position(of: Offset(Int64(step)), segmentBase: Offset(1)) == nil)
      #expect(cursors.position(of: Offset(Int64(step - 16)), segmentBase: Offset(0)) == nil)
    }
  }
}
