import Glibc
import Synchronization
import Testing

@testable import Platform

struct BlockingPoolTests {
  private final class Meeting: Sendable {
    let arrived = Atomic<Int>(0)
    let left = Atomic<Int>(0)
  }

  /// Runs jobs that wait for each other: it returns only if as many threads take them.
  private func meet(_ count: Int, in pool: BlockingPool) {
    let meeting = Meeting()
    for _ in 0..<count {
      let isQueued = pool.submit {
        meeting.arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while meeting.arrived.load(ordering: .sequentiallyConsistent) < count { sched_yield() }
        meeting.left.wrappingAdd(1, ordering: .sequentiallyConsistent)
      }
      #expect(isQueued)
    }
    while meeting.left.load(ordering: .sequentiallyConsistent) < count { sched_yield() }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a pool grows, shrinks and goes on working`() {
    let pool = BlockingPool(name: "test", threads: 1, queueLimit: 100)
    meet(1, in: pool)
    pool.resize(threads: 4)
    meet(4, in: pool)
    pool.resize(threads: 2)
    while pool.threadCount > 2 { sched_yield() }
    meet(2, in: pool)
    pool.resize(threads: 0)
    while pool.threadCount > 1 { sched_yield() }
    meet(1, in: pool)
    pool.stop()
    #expect(!pool.submit {})
  }

  @Test(.timeLimit(.minutes(1)))
  func `jobs that are queued when it stops are done`() {
    let pool = BlockingPool(name: "test", threads: 3, queueLimit: 1000)
    let meeting = Meeting()
    for _ in 0..<500 {
      _ = pool.submit { meeting.left.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    }
    pool.resize(threads: 1)
    pool.stop()
    #expect(meeting.left.load(ordering: .sequentiallyConsistent) == 500)
  }
}
