import Platform
import Testing

@testable import Net

struct TimerHeapTests {
  @Test(arguments: 1...20)
  func `timers come out by deadline whatever was inserted and removed`(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    var heap = TimerHeap()
    var alive: [LoopTimer] = []
    for _ in 0..<300 {
      if random.below(3) == 0, !alive.isEmpty {
        let timer = alive.remove(at: random.below(alive.count))
        heap.remove(timer)
        #expect(!timer.isPending)
      } else {
        let timer = LoopTimer(deadline: Int64(random.below(100))) {}
        heap.insert(timer)
        alive.append(timer)
      }
      #expect(heap.count == alive.count)
      #expect(heap.firstDeadline == alive.map(\.deadline).min())
    }
    var out: [Int64] = []
    while let timer = heap.popDue(at: 50) { out.append(timer.deadline) }
    #expect(out == alive.map(\.deadline).filter { $0 <= 50 }.sorted())
    while let timer = heap.popDue(at: .max) { out.append(timer.deadline) }
    #expect(out == alive.map(\.deadline).sorted())
  }
}
