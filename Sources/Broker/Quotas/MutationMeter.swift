import Synchronization

/// Measures the changes of metadata that the clients of one quota make.
final class MutationMeter: Sendable {
  private let bucket: Mutex<TokenBucket>

  init(_ bucket: TokenBucket) { self.bucket = Mutex(bucket) }

  /// Takes tokens for `count` partitions.
  ///
  /// - Returns: how long the client has to wait. When it is `strict` and there is a debt already,
  ///   nothing is taken and the change must not be made; nil when it may.
  func take(_ count: Int, limit: Double, strict: Bool, at now: Int64) -> Int64? {
    bucket.withLock { bucket in
      if strict {
        let debt = bucket.debtMilliseconds(limit: limit, at: now)
        if debt > 0 { return debt }
      }
      bucket.take(Double(count), limit: limit, at: now)
      return nil
    }
  }

  func debtMilliseconds(limit: Double, at now: Int64) -> Int64 {
    bucket.withLock { $0.debtMilliseconds(limit: limit, at: now) }
  }

  /// Whether forgetting it loses nothing.
  func isIdle(limit: Double, at now: Int64) -> Bool {
    bucket.withLock { $0.isFull(limit: limit, at: now) }
  }
}
