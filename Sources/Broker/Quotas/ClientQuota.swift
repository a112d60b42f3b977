import KafkaProtocol
import Platform

/// What the quotas allow the client of one connection, until they or its client id change.
final class ClientQuota: Sendable {
  /// A quota and what is used of it.
  struct Allowance: Sendable {
    let meter: RateMeter
    /// Per second.
    let limit: Double
  }

  /// What was in force when it was made (`Quotas.version`).
  let version: Int
  let clientID: WireString
  let produce: Allowance?
  let fetch: Allowance?
  let request: Allowance?
  let mutations: (meter: MutationMeter, limit: Double)?
  let settings: QuotaSettings
  let clock: any Clock
  let handlingTime: HandlingTime

  init(
    version: Int, clientID: WireString, produce: Allowance?, fetch: Allowance?,
    request: Allowance?, mutations: (meter: MutationMeter, limit: Double)?,
    settings: QuotaSettings, clock: any Clock, handlingTime: HandlingTime
  ) {
    self.version = version
    self.clientID = clientID
    self.produce = produce
    self.fetch = fetch
    self.request = request
    self.mutations = mutations
    self.settings = settings
    self.clock = clock
    self.handlingTime = handlingTime
  }

  /// How long `request_percentage` keeps the client waiting: never longer than one window, since
  /// what a request costs the broker is known only afterwards. From any thread.
  func requestDelay() -> Int64 {
    guard let request else { return 0 }
    let excess = request.meter.excessMilliseconds(
      over: request.limit, at: clock.monotonicNanoseconds())
    return min(excess, settings.windowNanoseconds / 1_000_000)
  }
}
