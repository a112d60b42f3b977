import Platform
import Records
import Simulation
import Synchronization
import Testing

@testable import CommitLog

struct ConcurrencyTests {
  @Test func `writers, readers, syncs and deletion at once leave no gap and no double`() throws {
    let directory = try TemporaryDirectory()
    let log = try directory.log(.small(segmentBytes: 3000))
    let given = Mutex<[Int64]>([])
    let failures = Mutex<[String]>([])
    let pool = BlockingPool(name: "test", threads: 6, queueLimit: 6)
    let attempt: @Sendable (() throws -> Void) -> Void = { body in
      do { try body() } catch { failures.withLock { $0.append("\(error)") } }
    }
    let left = Atomic<Int>(2)
    for writer in 0..<2 {
      _ = pool.submit {
        for step in 0..<300 {
          attempt {
            let batches = (0...step % 3).map { _ in TestBatch(seed: UInt8(writer)) }
            let offsets = try log.append(batches).compactMap { $0.baseOffset?.rawValue }
            given.withLock { $0 += offsets }
          }
        }
        left.subtract(1, ordering: .relaxed)
      }
    }
    for _ in 0..<2 {
      _ = pool.submit {
        var next = Offset(0)
        while left.load(ordering: .relaxed) > 0 || next < log.endOffset {
          attempt {
            switch try log.read(from: next, maxBytes: 700) {
            case .slice(let slice):
              let headers = batchHeaders(try slice.read())
              if headers[0].baseOffset != next { throw StorageFailure.gap(next) }
              next = headers.last!.nextOffset
            case .beforeLocalStart: next = log.localStartOffset
            case .empty: break
            case .beyondEnd: throw StorageFailure.gap(next)
            }
          }
        }
      }
    }
    _ = pool.submit {
      while left.load(ordering: .relaxed) > 0 {
        attempt {
          let end = log.endOffset
          if try log.sync() < end { throw StorageFailure.gap(end) }
        }
      }
    }
    _ = pool.submit {
      while left.load(ordering: .relaxed) > 0 {
        attempt { try log.deleteSegments(below: Offset(log.syncedOffset.rawValue / 2)) }
      }
    }
    pool.stop()
    #expect(failures.withLock { $0 } == [])
    #expect(given.withLock { $0.sorted() } == (0..<log.endOffset.rawValue).map { $0 })
  }

  private enum StorageFailure: Error { case gap(Offset) }

  @Test func `a sync with nothing new touches no file`() throws {
    let fileSystem = SimulatedFileSystem()
    let directory = try TemporaryDirectory(on: fileSystem)
    let log = try directory.log(.small())
    for _ in 0..<30 { try log.append([TestBatch()]) }
    try log.sync()
    let before = fileSystem.effectCount
    #expect(try log.sync() == Offset(30))
    #expect(fileSystem.effectCount == before)
    try log.append([TestBatch()])
    try log.sync()
    // One write and one fdatasync: closed segments are not synced again.
    #expect(fileSystem.effectCount == before + 2)
  }

  @Test func `batches of one call and segment take one write`() throws {
    let fileSystem = SimulatedFileSystem()
    let directory = try TemporaryDirectory(on: fileSystem)
    let log = try directory.log()
    let before = fileSystem.effectCount
    try log.append((0..<50).map { _ in TestBatch() })
    #expect(fileSystem.effectCount == before + 1)
  }
}
