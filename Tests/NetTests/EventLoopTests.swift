import Glibc
import Platform
import Synchronization
import Testing

@testable import Net

struct EventLoopTests {
  @Test func `closures from many threads each run once, in each thread's order`() throws {
    let server = try TestServer { _ in }
    let loop = server.group.loops[0]
    let seen = Box<[[Int]]>(Array(repeating: [], count: 8))
    let threads = (0..<8).map { thread in
      startThread(named: "poster") {
        for number in 0..<2_000 {
          loop.post { seen.value.withLock { $0[thread].append(number) } }
        }
      }
    }
    for thread in threads { pthread_join(thread, nil) }
    #expect(eventually { seen.current.allSatisfy { $0.count == 2_000 } })
    for numbers in seen.current { #expect(numbers == Array(0..<2_000)) }
  }

  @Test func `timers fire in order, not early, and a cancelled one never`() throws {
    let server = try TestServer { _ in }
    let fired = Box<[Int]>([])
    let early = Box(0)
    server.group.loops[0].post { [loop = server.group.loops[0]] in
      for milliseconds in [30, 10, 20, 0, 40] as [Int64] {
        let start = SystemClock().monotonicNanoseconds()
        loop.schedule(afterMilliseconds: milliseconds) {
          fired.value.withLock { $0.append(Int(milliseconds)) }
          // The loop counts from the start of its iteration, which is a little before `start`.
          let passed = SystemClock().monotonicNanoseconds() - loop.now + loop.now - start
          if passed < (milliseconds - 5) * 1_000_000 { early.value.withLock { $0 += 1 } }
        }
      }
      let cancelled = loop.schedule(afterMilliseconds: 15) {
        fired.value.withLock { $0.append(-1) }
      }
      loop.cancel(cancelled)
      loop.cancel(cancelled)
    }
    #expect(eventually { fired.current.count == 5 })
    #expect(fired.current == [0, 10, 20, 30, 40])
    #expect(early.current == 0)
  }

  @Test func `stopping runs what was posted before and takes nothing afterwards`() throws {
    let environment = LoopEnvironment(
      configuration: NetConfiguration(), clock: SystemClock(),
      log: Logger(part: "net", minimum: .error))
    let loop = EventLoop(environment: environment)
    loop.start(delegate: TestDelegate(loop))
    let count = Box(0)
    for _ in 0..<1_000 { loop.post { count.value.withLock { $0 += 1 } } }
    loop.stop()
    loop.join()
    #expect(count.current == 1_000)
    #expect(loop.post {} == false)
  }

  @Test func `an iteration ends after its frames and closures`() throws {
    let events = Box<[String]>([])
    let server = try TestServer { delegate in
      delegate.onFrame = { bytes, _ in events.value.withLock { $0.append("frame") } }
      delegate.onEnd = {
        events.value.withLock { if $0.last != "end" { $0.append("end") } }
      }
    }
    let client = try server.connect()
    try client.send(frame([1]) + frame([2]))
    #expect(eventually { events.current.suffix(3) == ["frame", "frame", "end"] })
    server.group.loops[0].post { events.value.withLock { $0.append("job") } }
    #expect(eventually { events.current.suffix(2) == ["job", "end"] })
  }
}
