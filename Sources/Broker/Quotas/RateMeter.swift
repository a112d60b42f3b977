import Platform
import Synchronization

/// Measures what the clients that share one quota use of it, on all loops together.
final class RateMeter: Sendable {
  private let rate: Mutex<WindowedRate>

  init(_ rate: WindowedRate) { self.rate = Mutex(rate) }

  /// Counts `amount` and says how long the client has to wait for the rate to be within `limit`.
  func record(_ amount: Double, limit: Double, at now: Int64) -> Int64 {
    rate.withLock { rate in
      rate.add(amount, at: now)
      return rate.excessMilliseconds(over: limit, at: now)
    }
  }

  /// Counts `amount`.
  func record(_ amount: Double, at now: Int64) { rate.withLock { $0.add(amount, at: now) } }

  /// Takes back what was counted just now and did not happen.
  func takeBack(_ amount: Double, at now: Int64) { rate.withLock { $0.add(-amount, at: now) } }

  /// How long the client has to wait for the rate to be within `limit`.
  func excessMilliseconds(over limit: Double, at now: Int64) -> Int64 {
    rate.withLock { $0.excessMilliseconds(over: limit, at: now) }
  }

  /// Whether forgetting it loses nothing.
  func isIdle(at now: Int64) -> Bool { rate.withLock { $0.isEmpty(at: now) } }
}
