import KafkaProtocol
import Platform
import Records
import Synchronization

/// The clients that ask for telemetry subscriptions, and what they push (KIP-714).
///
/// What is pushed is checked, counted and let go. Without a subscription clients are told to push
/// nothing and to ask again in five minutes.
final class ClientTelemetry: Sendable {
  private struct State {
    var subscriptions: [TelemetrySubscription] = []
    /// Grows when the subscriptions change; clients of older ones get a new plan.
    var version = 0
    var instances: [TopicID: (version: Int, machine: TelemetryInstance)] = [:]
    /// The instances by age, from `oldest` on.
    var byAge: [TopicID] = []
    var oldest = 0
  }

  /// `telemetry.max.bytes`.
  let maximumBytes: Int
  let pushes = Counter()
  let pushedBytes = Counter()
  private let maximumInstances: Int
  private let clock: any Clock
  private let state = Mutex(State())

  init(maximumBytes: Int, maximumInstances: Int, clock: any Clock) {
    self.maximumBytes = maximumBytes
    self.maximumInstances = maximumInstances
    self.clock = clock
  }

  /// Puts subscriptions in force: the configs of each `CLIENT_METRICS` resource.
  func subscribe(_ resources: [[String: String]]) {
    state.withLock { state in
      state.subscriptions = resources.map { TelemetrySubscription($0) }
      state.version += 1
    }
  }

  /// Answers a client that asks what to push.
  func get(_ id: TopicID, _ client: TelemetrySubscription.Client)
    -> (code: ErrorCode, plan: TelemetryPlan)
  {
    with(id, client) { machine, now in (machine.get(at: now), machine.plan) }
  }

  /// Answers a client that pushes.
  func push(
    _ id: TopicID, _ push: TelemetryInstance.Push, _ client: TelemetrySubscription.Client
  ) -> ErrorCode {
    let code = with(id, client) { machine, now in
      machine.push(push, maximumBytes: maximumBytes, at: now)
    }
    if code == .none {
      pushes.add()
      pushedBytes.add(Int64(push.byteCount))
    }
    return code
  }

  /// How many clients are remembered.
  var instanceCount: Int { state.withLock { $0.instances.count } }

  /// Runs `body` on the machine of a client, which is made when it is new, was forgotten, or
  /// follows older subscriptions.
  private func with<Result>(
    _ id: TopicID, _ client: TelemetrySubscription.Client,
    _ body: (inout TelemetryInstance, _ now: Int64) -> Result
  ) -> Result {
    let now = clock.monotonicNanoseconds() / 1_000_000
    return state.withLock { state in
      var machine: TelemetryInstance
      if let known = state.instances[id], known.version == state.version {
        machine = known.machine
      } else {
        var client = client
        client.instanceID = id.description
        let matching = state.subscriptions.filter { $0.matches(client) }
        machine = TelemetryInstance(plan: TelemetryPlan(matching, of: id))
        makeRoom(for: id, in: &state)
      }
      defer { state.instances[id] = (state.version, machine) }
      return body(&machine, now)
    }
  }

  /// Forgets the oldest instance when there are too many. One that is still there is made anew with
  /// the same plan when it comes again.
  private func makeRoom(for id: TopicID, in state: inout State) {
    guard state.instances[id] == nil else { return }
    if state.instances.count >= maximumInstances {
      state.instances[state.byAge[state.oldest]] = nil
      state.oldest += 1
      if state.oldest * 2 >= state.byAge.count {
        state.byAge.removeFirst(state.oldest)
        state.oldest = 0
      }
    }
    state.byAge.append(id)
  }
}
