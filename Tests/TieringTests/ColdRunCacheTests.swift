import Platform
import Records
import Testing

@testable import Tiering

struct ColdRunCacheTests {
  private func run(_ start: Int64, _ end: Int64, bytes: Int, window: Int = 100) -> ColdRun {
    ColdRun(
      offsets: Offset(start)..<Offset(end),
      block: ByteBlock(Array(repeating: 0, count: bytes)), starts: [], window: window)
  }

  @Test func `the least recently used leave first, and the sum stays right`() {
    var cache = ColdRunCache<Int>(byteLimit: 100)
    cache.add(run(0, 10, bytes: 40), at: 1, isAwaited: false, now: 0)
    cache.add(run(10, 20, bytes: 40), at: 1, isAwaited: false, now: 0)
    #expect(cache.run(at: 1, holding: Offset(5)) != nil)
    cache.add(run(0, 10, bytes: 40), at: 2, isAwaited: false, now: 0)
    #expect(cache.byteCount == 80)
    #expect(cache.run(at: 1, holding: Offset(15)) == nil)
    #expect(cache.run(at: 1, holding: Offset(5)) != nil)
    cache.removeAll { $0 == 1 }
    #expect(cache.byteCount == 40)
    #expect(cache.runCount == 1)
  }

  @Test func `a run takes the place of those that lie inside it`() {
    var cache = ColdRunCache<Int>(byteLimit: 1000)
    cache.add(run(10, 20, bytes: 10), at: 1, isAwaited: false, now: 0)
    cache.add(run(15, 40, bytes: 10), at: 1, isAwaited: false, now: 0)
    cache.add(run(0, 30, bytes: 30), at: 1, isAwaited: false, now: 0)
    #expect(cache.runCount == 2)
    #expect(cache.byteCount == 40)
  }

  @Test func `what a fetch waits for stays until it is read, within bounds`() {
    var cache = ColdRunCache<Int>(byteLimit: 100)
    for place in 0..<3 {
      cache.add(run(0, 10, bytes: 60), at: place, isAwaited: true, now: 0)
    }
    #expect(cache.byteCount == 180)
    cache.add(run(0, 10, bytes: 60), at: 3, isAwaited: true, now: 0)
    #expect(cache.byteCount <= 200)
    #expect(cache.run(at: 0, holding: Offset(0)) == nil)
    // Read, it may go; and nobody waits for ever.
    #expect(cache.run(at: 1, holding: Offset(0)) != nil)
    cache.add(run(0, 10, bytes: 10), at: 4, isAwaited: false, now: 1)
    #expect(cache.run(at: 1, holding: Offset(0)) == nil)
    cache.add(run(0, 10, bytes: 10), at: 5, isAwaited: false, now: 20_000_000_000)
    #expect(cache.byteCount <= 100)
  }

  @Test func `a run larger than the cache stays while it is the newest`() {
    var cache = ColdRunCache<Int>(byteLimit: 100)
    cache.add(run(0, 10, bytes: 500), at: 1, isAwaited: false, now: 0)
    #expect(cache.run(at: 1, holding: Offset(0)) != nil)
    cache.add(run(0, 10, bytes: 50), at: 2, isAwaited: false, now: 0)
    #expect(cache.byteCount == 50)
  }

  @Test func `reading ahead doubles, but not what does not fit the cache`() {
    let cache = ColdRunCache<Int>(byteLimit: 64 << 20)
    let mega = 1 << 20
    #expect(cache.window(after: run(0, 1, bytes: 10, window: mega), atMost: 16 << 20) == 2 * mega)
    #expect(
      cache.window(after: run(0, 1, bytes: 10, window: 12 << 20), atMost: 16 << 20) == 16 << 20)
    // Ten times as much memory as bytes read.
    let swollen = run(0, 1, bytes: 40 << 20, window: 4 << 20)
    #expect(cache.window(after: swollen, atMost: 16 << 20) < 2 << 20)
  }
}
