import KafkaProtocol
import Net
import Platform

// What quotas make of a request. Without quotas all of it comes to nothing.
extension Call {
  /// Counts the request as produced; to be called when it has been appended.
  ///
  /// - Returns: milliseconds that the client has to wait.
  func chargeProduced() -> Int64 {
    guard let produce = quota?.produce else { return 0 }
    return produce.meter.record(
      Double(requestByteCount), limit: produce.limit, at: loop.now)
  }

  /// Counts `byteCount` that a Fetch is about to answer. Above the quota they are not counted, and
  /// the answer must go out without them.
  ///
  /// - Returns: milliseconds that the client has to wait.
  func chargeFetched(_ byteCount: Int) -> Int64 {
    guard let quota else { return 0 }
    quota.handlingTime.charge()
    var delay = quota.requestDelay()
    guard let fetch = quota.fetch else { return delay }
    delay = max(delay, fetch.meter.record(Double(byteCount), limit: fetch.limit, at: loop.now))
    if delay > 0 { fetch.meter.takeBack(Double(byteCount), at: loop.now) }
    return delay
  }

  /// The most bytes that one Fetch may answer with, so that a client with a small quota gets
  /// something and does not wait for ever for an answer above it: what the quota is in all windows
  /// but the running one.
  var fetchQuotaBytes: Int {
    guard let quota, let fetch = quota.fetch else { return .max }
    let seconds = Double(quota.settings.windowNanoseconds) / 1e9
    return Int(min(fetch.limit * seconds * Double(max(1, quota.settings.windows - 1)), 1e18))
  }

  /// What the request may change of the metadata; nil without a quota.
  ///
  /// - Parameter version: from it on clients understand THROTTLING_QUOTA_EXCEEDED.
  func mutationQuota(strictFrom version: Int16) -> MutationQuota? {
    guard let quota, let (meter, limit) = quota.mutations else { return nil }
    return MutationQuota(
      meter, limit: limit, isStrict: self.version >= version, clock: quota.clock)
  }
}
