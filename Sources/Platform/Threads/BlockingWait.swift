import Synchronization

/// Waits on this thread until an async body has run, and answers its result.
///
/// Never to be called from a task: it would hold one of the few threads that tasks run on.
package func blockingWait<Value: Sendable>(
  _ body: @escaping @Sendable () async -> Value
) -> Value {
  let place = ResultPlace<Value>()
  Task {
    let value = await body()
    place.value.withLock { $0 = value }
    place.done.signal()
  }
  place.done.wait()
  guard let value = place.value.withLock({ $0 }) else { preconditionFailure("signal, no value") }
  return value
}

/// Where a task leaves its result for a thread.
private final class ResultPlace<Value: Sendable>: Sendable {
  let done = OneShotSignal()
  let value = Mutex<Value?>(nil)
}
