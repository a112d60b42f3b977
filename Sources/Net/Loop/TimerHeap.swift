/// The timers of one loop: a binary heap by deadline whose entries know their place, so that a
/// cancelled timer leaves at once.
struct TimerHeap {
  private var entries: ContiguousArray<LoopTimer> = []

  var count: Int { entries.count }
  var firstDeadline: Int64? { entries.first?.deadline }

  mutating func insert(_ timer: LoopTimer) {
    entries.append(timer)
    timer.heapIndex = entries.count - 1
    siftUp(timer.heapIndex)
  }

  /// Takes a timer out; does nothing when it is not in.
  mutating func remove(_ timer: LoopTimer) {
    let index = timer.heapIndex
    guard index >= 0 else { return }
    precondition(entries[index] === timer, "a timer belongs to another loop")
    let last = entries.removeLast()
    timer.heapIndex = -1
    guard last !== timer else { return }
    entries[index] = last
    last.heapIndex = index
    siftUp(index)
    siftDown(last.heapIndex)
  }

  /// Takes out the first timer when its deadline is not after `now`.
  mutating func popDue(at now: Int64) -> LoopTimer? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    remove(first)
    return first
  }

  mutating func removeAll() {
    for timer in entries {
      timer.heapIndex = -1
      timer.action = nil
    }
    entries = []
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard entries[index].deadline < entries[parent].deadline else { return }
      swap(index, parent)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var smallest = index
      let left = 2 * index + 1
      if left < entries.count, entries[left].deadline < entries[smallest].deadline {
        smallest = left
      }
      let right = left + 1
      if right < entries.count, entries[right].deadline < entries[smallest].deadline {
        smallest = right
      }
      guard smallest != index else { return }
      swap(index, smallest)
      index = smallest
    }
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    entries.swapAt(a, b)
    entries[a].heapIndex = a
    entries[b].heapIndex = b
  }
}
