import Synchronization

/// The fetches that want to know when something of one partition changes: more records, a new log
/// start, its end. Any thread may call it.
final class FetchWatchers: Sendable {
  private struct Watcher {
    let watch: FetchWatch
    let slot: Int32
  }

  private struct State {
    var list: [Watcher] = []
    /// Closed watches are dropped when the list reaches this length.
    var pruneAt = 16
  }

  private let state = Mutex(State())
  private let isWatched = Atomic<Bool>(false)

  /// Signals the slot to `watch` with the next change; once.
  func add(_ watch: FetchWatch, slot: Int32) {
    state.withLock { state in
      if state.list.count >= state.pruneAt {
        state.list.removeAll { $0.watch.isClosed }
        state.pruneAt = max(16, state.list.count * 2)
      }
      state.list.append(Watcher(watch: watch, slot: slot))
    }
    isWatched.store(true, ordering: .sequentiallyConsistent)
  }

  /// Takes a watch back.
  func remove(_ watch: FetchWatch, slot: Int32) {
    state.withLock { state in
      let index = state.list.lastIndex { $0.watch === watch && $0.slot == slot }
      guard let index else { return }
      state.list.swapAt(index, state.list.count - 1)
      state.list.removeLast()
    }
  }

  /// Signals to all. Call after the change is visible.
  func signal() {
    guard isWatched.load(ordering: .sequentiallyConsistent) else { return }
    let told = state.withLock { state in
      isWatched.store(false, ordering: .sequentiallyConsistent)
      defer { state.list.removeAll(keepingCapacity: state.list.count <= 64) }
      return state.list
    }
    for watcher in told { watcher.watch.signal(watcher.slot, endsWatch: true) }
  }
}
