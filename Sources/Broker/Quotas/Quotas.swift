import Cluster
import KafkaProtocol
import Platform
import Synchronization

/// The client quotas in force and what clients use of them, for all loops.
///
/// A loop looks at one flag per request when there are no quotas, and at one number when there are:
/// what applies to a connection is found once and kept with it.
final class Quotas: Sendable {
  /// Until clients authenticate they are all this user, as in Kafka.
  static let anonymous = "ANONYMOUS"

  private struct MeterKey: Hashable {
    let key: QuotaKey
    let user: String?
    let clientID: String?
  }

  private struct State {
    var rules = QuotaRules()
    var rates: [MeterKey: RateMeter] = [:]
    var mutations: [MeterKey: (meter: MutationMeter, limit: Double)] = [:]
  }

  let settings: QuotaSettings
  private let clock: any Clock
  private let state = Mutex(State())
  private let active = Atomic<Bool>(false)
  private let changes = Atomic<Int>(0)

  init(_ settings: QuotaSettings, clock: any Clock) {
    self.settings = settings
    self.clock = clock
  }

  /// Whether any client has a quota.
  var isActive: Bool { active.load(ordering: .relaxed) }

  /// Grows whenever what connections keep has become old.
  var version: Int { changes.load(ordering: .relaxed) }

  /// Puts other rules in force; what was measured so far still counts.
  func change(_ rules: QuotaRules) {
    state.withLock { $0.rules = rules }
    changes.wrappingAdd(1, ordering: .relaxed)
    active.store(rules.limitsClients, ordering: .relaxed)
  }

  /// Finds what applies to a client of the loop that measures with `handlingTime`.
  func client(_ clientID: WireString, handlingTime: HandlingTime) -> ClientQuota {
    let version = version
    let name = String(clientID)
    return state.withLock { state in
      func allowance(_ key: QuotaKey) -> ClientQuota.Allowance? {
        guard let match = state.rules.match(key, user: Self.anonymous, clientID: name) else {
          return nil
        }
        return ClientQuota.Allowance(meter: rate(key, match, &state), limit: match.limit)
      }
      let mutations = state.rules.match(
        .controllerMutationRate, user: Self.anonymous, clientID: name)
      return ClientQuota(
        version: version, clientID: WireString(name), produce: allowance(.producerByteRate),
        fetch: allowance(.consumerByteRate), request: allowance(.requestPercentage),
        mutations: mutations.map { mutation($0, &state) }, settings: settings, clock: clock,
        handlingTime: handlingTime)
    }
  }

  /// Forgets meters that measure nothing now, every few seconds. Connections look theirs up anew
  /// then, so that no two meters serve one client.
  func expire() {
    let now = clock.monotonicNanoseconds()
    let isSmaller = state.withLock { state in
      let before = state.rates.count + state.mutations.count
      state.rates = state.rates.filter { !$0.value.isIdle(at: now) }
      state.mutations = state.mutations.filter {
        !$0.value.meter.isIdle(limit: $0.value.limit, at: now)
      }
      return state.rates.count + state.mutations.count < before
    }
    if isSmaller { changes.wrappingAdd(1, ordering: .relaxed) }
  }

  /// How many meters there are.
  var meterCount: Int { state.withLock { $0.rates.count + $0.mutations.count } }

  private func rate(_ key: QuotaKey, _ match: QuotaRules.Match, _ state: inout State) -> RateMeter {
    let place = place(key, match, isKnown: { state.rates[$0] != nil }, count: state.rates.count)
    if let meter = state.rates[place] { return meter }
    let meter = RateMeter(settings.makeRate())
    state.rates[place] = meter
    return meter
  }

  private func mutation(_ match: QuotaRules.Match, _ state: inout State)
    -> (meter: MutationMeter, limit: Double)
  {
    let place = place(
      .controllerMutationRate, match, isKnown: { state.mutations[$0] != nil },
      count: state.mutations.count)
    let meter =
      state.mutations[place]?.meter
      ?? MutationMeter(TokenBucket(burstSeconds: settings.mutationBurstSeconds))
    state.mutations[place] = (meter, match.limit)
    return (meter, match.limit)
  }

  /// Which meter serves a client. Names are the client's choice, so above the limit all further
  /// ones share a meter, and making up names gains nothing.
  private func place(
    _ key: QuotaKey, _ match: QuotaRules.Match, isKnown: (MeterKey) -> Bool, count: Int
  ) -> MeterKey {
    let own = MeterKey(key: key, user: match.user, clientID: match.clientID)
    return count < settings.maximumMeters || isKnown(own)
      ? own : MeterKey(key: key, user: nil, clientID: nil)
  }
}
