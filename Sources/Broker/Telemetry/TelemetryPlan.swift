import Platform
import Records

/// What one client is to push, from all subscriptions that match it.
struct TelemetryPlan: Sendable, Equatable {
  /// How often clients without a subscription ask again; Kafka's default of `interval.ms`.
  static let defaultIntervalMilliseconds: Int32 = 300_000
  /// Asks for every metric.
  static let everything = "*"

  /// Prefixes of metric names; empty when there is nothing to push.
  let metrics: [String]
  let pushIntervalMilliseconds: Int32
  /// Another one for other metrics, another interval or another client.
  let subscriptionID: Int32

  init(_ subscriptions: [TelemetrySubscription], of instance: TopicID) {
    let wanted = Set(subscriptions.flatMap(\.metrics))
    metrics = wanted.contains(Self.everything) ? [Self.everything] : wanted.sorted()
    pushIntervalMilliseconds =
      subscriptions.map(\.intervalMilliseconds).min() ?? Self.defaultIntervalMilliseconds
    let text = metrics.joined(separator: ",") + " \(pushIntervalMilliseconds)"
    let checksum = Array(text.utf8).withUnsafeBytes { CRC32C.checksum($0) }
    let hash = instance.high ^ instance.low
    subscriptionID = Int32(
      bitPattern: checksum ^ UInt32(truncatingIfNeeded: hash ^ hash >> 32))
  }
}
