import Cluster
import KafkaProtocol
import Platform

/// What one request may still change of the metadata, under `controller_mutation_rate` (KIP-599).
struct MutationQuota: Sendable {
  private let meter: MutationMeter
  private let limit: Double
  /// Newer versions are told THROTTLING_QUOTA_EXCEEDED; the clients of older ones only wait.
  private let isStrict: Bool
  private let clock: any Clock
  private var refusedMilliseconds: Int64 = 0

  init(_ meter: MutationMeter, limit: Double, isStrict: Bool, clock: any Clock) {
    self.meter = meter
    self.limit = limit
    self.isStrict = isStrict
    self.clock = clock
  }

  /// Accounts for `partitions` that are made or deleted.
  mutating func take(_ partitions: Int) throws(Refusal) {
    let wait = meter.take(
      partitions, limit: limit, strict: isStrict, at: clock.monotonicNanoseconds())
    guard let wait else { return }
    refusedMilliseconds = max(refusedMilliseconds, wait)
    throw Refusal(.throttlingQuotaExceeded, "The throttling quota has been exceeded.")
  }

  /// How long the client has to wait before its next request.
  var delayMilliseconds: Int64 {
    isStrict
      ? refusedMilliseconds
      : meter.debtMilliseconds(limit: limit, at: clock.monotonicNanoseconds())
  }
}
