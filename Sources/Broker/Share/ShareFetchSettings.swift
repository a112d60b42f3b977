import Cluster

/// What a share group's own configs say of its fetches, over the broker's.
struct ShareFetchSettings: Equatable, Sendable {
  /// Where a group begins that has never read a partition.
  enum OffsetReset: Equatable, Sendable {
    case latest
    case earliest
    /// With the first record of so many milliseconds ago.
    case byDuration(Int64)
  }

  /// `share.record.lock.duration.ms`.
  var recordLockMilliseconds: Int64
  /// `share.auto.offset.reset`.
  var reset = OffsetReset.latest
  /// `share.isolation.level`.
  var readsCommitted = false

  /// - Parameter own: the group's configs; each was checked when it was set.
  init(_ own: [String: String], over broker: ConfigSet) {
    let lock = own["share.record.lock.duration.ms"].flatMap { Int64($0) }
    recordLockMilliseconds = lock ?? broker.long("group.share.record.lock.duration.ms")
    reset = own["share.auto.offset.reset"].flatMap(OffsetReset.init) ?? .latest
    readsCommitted = own["share.isolation.level"] == "read_committed"
  }
}

extension ShareFetchSettings.OffsetReset {
  /// Reads `latest`, `earliest` or `by_duration:<ISO 8601 duration>`; nil for anything else.
  init?(_ text: String) {
    switch text.lowercased() {
    case "latest": self = .latest
    case "earliest": self = .earliest
    default:
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "by_duration",
        let duration = milliseconds(ofDuration: parts[1])
      else { return nil }
      self = .byDuration(duration)
    }
  }
}

/// The milliseconds of an ISO 8601 duration of days, hours, minutes and seconds, such as `P3DT4H`
/// or `PT0.5S`; nil for anything else.
private func milliseconds(ofDuration text: Substring) -> Int64? {
  var rest = text.uppercased()[...]
  guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
  var units: [Character: Double] = ["D": 86_400_000]
  var total = 0.0
  while let first = rest.first {
    if first == "T" {
      rest.removeFirst()
      guard !rest.isEmpty, units["H"] == nil else { return nil }
      units = ["H": 3_600_000, "M": 60_000, "S": 1000]
      continue
    }
    let number = rest.prefix { $0.isNumber || $0 == "." }
    rest = rest.dropFirst(number.count)
    guard let count = Double(number), let unit = rest.popFirst().flatMap({ units[$0] }) else {
      return nil
    }
    total += count * unit
  }
  return total < 9e15 ? Int64(total) : nil
}
