import Platform

/// How many connections a listener, or the broker, may have, and how many a second may come.
struct ConnectionGate {
  var maximum: Int
  /// Nil is no limit.
  var perSecond: Double?
  /// What stands before the names of its configs.
  let prefix: String
  private(set) var count = 0
  private var rate: WindowedRate

  init(maximum: Int, perSecond: Double?, prefix: String, rate: WindowedRate) {
    self.maximum = maximum
    self.perSecond = perSecond
    self.prefix = prefix
    self.rate = rate
  }

  mutating func add(at now: Int64) {
    count += 1
    rate.add(1, at: now)
  }

  mutating func remove() { count -= 1 }

  /// Whether one more may come now.
  mutating func readiness(at now: Int64) -> ConnectionLimits.Readiness {
    guard count < maximum else { return .full(limit: "\(prefix)max.connections") }
    guard let perSecond else { return .ready }
    let wait = rate.excessMilliseconds(over: perSecond, at: now)
    return wait == 0
      ? .ready : .tooFast(limit: "\(prefix)max.connection.creation.rate", milliseconds: wait)
  }
}
