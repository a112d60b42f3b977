import Platform

/// Measures the time that a loop spends on the requests of clients with a `request_percentage`.
///
/// @unchecked Sendable: touched on its loop's thread only.
final class HandlingTime: @unchecked Sendable {
  /// One percent of a second in nanoseconds.
  private static let percent = 1e7

  private let clock: any Clock
  private var client: ClientQuota?
  private var since: Int64 = 0

  init(clock: any Clock) { self.clock = clock }

  /// A request of `client` is being handled from now on.
  func begin(_ client: ClientQuota) {
    guard client.request != nil else { return }
    self.client = client
    since = clock.monotonicNanoseconds()
  }

  /// Counts the time until now: before an answer leaves, so that it can say how long to wait.
  func charge() {
    guard let request = client?.request else { return }
    let now = clock.monotonicNanoseconds()
    request.meter.record(Double(now - since) / Self.percent, at: now)
    since = now
  }

  /// The request is handled, though its answer may come later.
  func end() {
    charge()
    client = nil
  }
}
