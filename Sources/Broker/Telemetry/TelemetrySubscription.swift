import Cluster

/// Which metrics operators want from which clients: a `CLIENT_METRICS` config resource (KIP-714).
struct TelemetrySubscription {
  /// What a client is matched by.
  struct Client: Sendable {
    var instanceID = ""
    var clientID = ""
    var softwareName = ""
    var softwareVersion = ""
    var address = ""
    var port: UInt16 = 0

    /// The fact that `match` calls so; nil for an unknown name.
    func fact(_ name: Substring) -> String? {
      switch name {
      case "client_instance_id": instanceID
      case "client_id": clientID
      case "client_software_name": softwareName
      case "client_software_version": softwareVersion
      case "client_source_address": address
      case "client_source_port": String(port)
      default: nil
      }
    }
  }

  /// `metrics`: prefixes of names; `*` is all.
  let metrics: [String]
  /// `interval.ms`.
  let intervalMilliseconds: Int32
  /// `match`: all of these must match the whole of a fact. Nil where one cannot be read, and then
  /// nobody matches.
  private let patterns: [(fact: Substring, pattern: Regex<AnyRegexOutput>)?]

  init(_ configs: [String: String]) {
    metrics = listItems(configs["metrics"] ?? "")
    intervalMilliseconds =
      configs["interval.ms"].flatMap { Int32($0) } ?? TelemetryPlan.defaultIntervalMilliseconds
    patterns = listItems(configs["match"] ?? "").map { item in
      guard let equals = item.firstIndex(of: "="),
        let pattern = try? Regex(String(item[item.index(after: equals)...]))
      else { return nil }
      return (item[..<equals], pattern)
    }
  }

  func matches(_ client: Client) -> Bool {
    patterns.allSatisfy { entry in
      guard let entry, let fact = client.fact(entry.fact) else { return false }
      return fact.wholeMatch(of: entry.pattern) != nil
    }
  }
}
