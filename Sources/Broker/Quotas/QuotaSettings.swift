import Cluster
import Platform

/// How quotas measure, from the broker's configs.
struct QuotaSettings: Sendable {
  /// `quota.window.num`.
  let windows: Int
  /// `quota.window.size.seconds`.
  let windowNanoseconds: Int64
  /// All of `controller.quota.window.*`: how much may be changed at once.
  let mutationBurstSeconds: Double
  /// `varve.quota.max.clients`.
  let maximumMeters: Int

  init(_ values: ConfigSet) {
    windows = values.int("quota.window.num")
    windowNanoseconds = values.long("quota.window.size.seconds") * 1_000_000_000
    mutationBurstSeconds = Double(
      values.long("controller.quota.window.num")
        * values.long("controller.quota.window.size.seconds"))
    maximumMeters = values.int("varve.quota.max.clients")
  }

  func makeRate() -> WindowedRate {
    WindowedRate(windows: windows, windowNanoseconds: windowNanoseconds)
  }
}
