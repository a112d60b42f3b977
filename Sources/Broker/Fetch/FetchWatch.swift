import Synchronization

/// Collects which slots of a fetch, or of a fetch session, have something new, and wakes the fetch
/// that waits for it. Any thread may signal; one fetch at a time waits.
///
/// A partition signals once for each time it is watched, so signals are bounded by slots.
final class FetchWatch: Sendable {
  struct Signal: Sendable {
    let slot: Int32
    /// The partition does not watch for the slot any more. False: something that was being read in
    /// for it is at hand.
    let endsWatch: Bool
  }

  private struct State {
    var signals: [Signal] = []
    var parked: ParkedFetch?
    /// The session's number of the fetch that waits.
    var number = 0
  }

  private let state = Mutex(State())
  private let closed = Atomic<Bool>(false)

  /// Nobody looks at the signals any more: partitions may forget it.
  var isClosed: Bool { closed.load(ordering: .acquiring) }

  func signal(_ slot: Int32, endsWatch: Bool) {
    guard !isClosed else { return }
    let parked = state.withLock { state in
      state.signals.append(Signal(slot: slot, endsWatch: endsWatch))
      return state.parked
    }
    parked?.wake()
  }

  /// Hands the signals over that came since the last time.
  func drain() -> [Signal] {
    state.withLock { state in
      guard !state.signals.isEmpty else { return [] }
      defer { state.signals = [] }
      return state.signals
    }
  }

  /// From now on signals wake `fetch`, also those that came before. Of two fetches of a session the
  /// later one waits; the other is woken to find itself overtaken.
  func park(_ fetch: ParkedFetch, number: Int = 0) {
    let (overtaken, mustWake) = state.withLock { state in
      if state.parked != nil, state.number > number { return (fetch as ParkedFetch?, false) }
      defer {
        state.parked = fetch
        state.number = number
      }
      return (state.parked, !state.signals.isEmpty || isClosed)
    }
    overtaken?.wake()
    if mustWake { fetch.wake() }
  }

  /// Lets whichever fetch waits look again; it finds out itself why.
  func wake() { state.withLock { $0.parked }?.wake() }

  /// `fetch` waits no more.
  func unpark(_ fetch: ParkedFetch) {
    state.withLock { state in
      if state.parked === fetch { state.parked = nil }
    }
  }

  /// Ends all signalling, for good; a fetch that waits is woken to answer.
  func close() {
    closed.store(true, ordering: .releasing)
    let parked = state.withLock { state in
      state.signals = []
      defer { state.parked = nil }
      return state.parked
    }
    parked?.wake()
  }
}
