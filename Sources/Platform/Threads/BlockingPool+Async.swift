extension BlockingPool {
  /// Runs a blocking job on the pool and waits for it without blocking; nil when the pool takes no
  /// more jobs.
  package func run<Value: Sendable>(_ job: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      let isQueued = submit { continuation.resume(returning: job()) }
      if !isQueued { continuation.resume(returning: nil) }
    }
  }
}
