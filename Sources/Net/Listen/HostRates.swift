import Platform

/// How many connections a second addresses may make, and how many they do.
struct HostRates {
  /// Addresses that are measured apart; further ones share a meter.
  private static let maximumMeters = 10_000
  /// Not an address: the one meter of all that come late.
  private static let shared = ""

  private var limits: [String: Double] = [:]
  private var others: Double?
  private var meters: [String: WindowedRate] = [:]

  /// Sets the limits: of the addresses named, and of each other one.
  mutating func set(_ limits: [String: Double], others: Double?) {
    self.limits = limits
    self.others = others
    if limits.isEmpty && others == nil { meters = [:] }
  }

  /// Counts a connection. One too many is not counted: then this is how long until it would not be
  /// one too many, in milliseconds.
  mutating func count(_ host: String, at now: Int64, _ configuration: NetConfiguration) -> Int64? {
    guard let limit = limits[host] ?? others else { return nil }
    let place = meters[host] != nil || hasRoom(at: now) ? host : Self.shared
    var meter = meters[place] ?? configuration.makeRate()
    meter.add(1, at: now)
    let wait = meter.excessMilliseconds(over: limit, at: now)
    if wait > 0 { meter.add(-1, at: now) }
    meters[place] = meter
    return wait > 0 ? wait : nil
  }

  /// Whether one more address can have a meter, after those that measure nothing have gone.
  private mutating func hasRoom(at now: Int64) -> Bool {
    if meters.count < Self.maximumMeters { return true }
    meters = meters.filter { entry in
      var rate = entry.value
      return !rate.isEmpty(at: now)
    }
    return meters.count < Self.maximumMeters
  }
}
