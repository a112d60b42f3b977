import KafkaProtocol
import Platform

/// Decides on changes of configs that belong to brokers, groups and subscriptions to metrics: from
/// an image and a wish to records or a refusal. No I/O. Those of topics: `TopicCommands`.
package struct ConfigCommands: Sendable {
  /// What the broker was started with.
  package let started: ConfigSet
  package let nodeID: Int32

  package init(started: ConfigSet, nodeID: Int32) {
    self.started = started
    self.nodeID = nodeID
  }

  /// The records that change a resource's configs; nil values go back to the default.
  package func alter(
    _ resource: ConfigResource, _ changes: [String: String?], in image: ClusterImage
  ) throws(Refusal) -> [MetadataRecord] {
    var after = image.configs[resource] ?? [:]
    for (name, value) in changes { after[name] = value }
    switch resource.kind {
    case .broker: try checkBroker(resource, changes, after: after, in: image)
    case .group: try checkGroup(resource, after, image.values(over: started, broker: nodeID))
    case .clientMetrics: try checkClientMetrics(resource, after)
    case .topic, .brokerLogger:
      throw Refusal(.invalidRequest, "\(resource.kind) configs are not altered here.")
    }
    return changes.sorted(by: { $0.key < $1.key }).map {
      .config(resource, name: $0.key, value: $0.value)
    }
  }

  // INVALID_REQUEST, where INVALID_CONFIG would say more, is what Kafka answers (KAFKA-13609).
  private func checkBroker(
    _ resource: ConfigResource, _ changes: [String: String?], after: [String: String],
    in image: ClusterImage
  ) throws(Refusal) {
    try checkBrokerName(resource.name)
    let fixed = changes.keys.filter {
      started.keys[$0] != nil && !BrokerKeys.dynamic.contains($0)
    }
    guard fixed.isEmpty else {
      throw Refusal(
        .invalidRequest,
        "Cannot update these configs dynamically: \(fixed.sorted().joined(separator: ", ")). "
          + "They are read from server.properties at the start.")
    }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      guard let key = started.keys[name] else {
        let hint = nearestName(to: name, among: started.keys.keys).map { "; did you mean \($0)?" }
        throw Refusal(.invalidRequest, "Unknown broker config name: \(name)" + (hint ?? ""))
      }
      if let value, let problem = key.problem(with: value) {
        throw Refusal(.invalidRequest, "\(name) \(problem)")
      }
    }
    let own = resource.name.isEmpty ? image.configs[ConfigResource(.broker, "\(nodeID)")] : after
    let all = resource.name.isEmpty ? after : image.configs[ConfigResource(.broker, "")]
    let values = started.under(broker: own ?? [:], allBrokers: all ?? [:])
    try checkRetention(values)
    let current = image.values(over: started, broker: nodeID)
    if let problem = BrokerKeys.cleanerProblem(from: current, to: values) {
      throw Refusal(.invalidRequest, problem)
    }
  }

  private func checkBrokerName(_ name: String) throws(Refusal) {
    guard !name.isEmpty else { return }
    guard let id = Int32(name) else {
      throw Refusal(.invalidRequest, "Node id must be an integer, but it is: \(name)")
    }
    guard id == nodeID else {
      throw Refusal(.invalidRequest, "Unexpected broker id, expected \(nodeID), but received \(id)")
    }
  }

  /// Kafka's rule: what is kept locally is no more than what is kept.
  private func checkRetention(_ values: ConfigSet) throws(Refusal) {
    let topic = TopicConfigValues(overrides: [:], broker: values, isInternal: false)
    for (local, total) in [
      ("log.local.retention.ms", "retention.ms"), ("log.local.retention.bytes", "retention.bytes"),
    ] {
      guard let own = values.setting(local)?.value.flatMap({ Int64($0) }), own >= 0 else {
        continue
      }
      let limit = topic.long(total)
      if limit >= 0, own > limit {
        throw Refusal(
          .invalidRequest, "\(local) \(own) must not be larger than log.\(total) \(limit)")
      }
    }
  }

  private func checkGroup(
    _ resource: ConfigResource, _ after: [String: String], _ broker: ConfigSet
  ) throws(Refusal) {
    guard !resource.name.isEmpty else {
      throw Refusal(.invalidRequest, "Default group resources are not allowed.")
    }
    try check(after, against: GroupKeys.all, of: "group")
    for (name, bounds) in GroupKeys.bounds.sorted(by: { $0.key < $1.key }) {
      guard let value = after[name].flatMap({ Int64($0) }) else { continue }
      if let lowest = broker.optionalLong(bounds.lowest), value < lowest {
        throw Refusal(
          .invalidConfig, "\(name) must be greater than or equal to \(bounds.lowest) (\(lowest))")
      }
      if let highest = broker.optionalLong(bounds.highest), value > highest {
        throw Refusal(
          .invalidConfig, "\(name) must be less than or equal to \(bounds.highest) (\(highest))")
      }
    }
    let values = GroupConfigValues(overrides: after, broker: broker)
    for (longer, shorter) in GroupKeys.longerThan
    where values.bounded(longer) <= values.bounded(shorter) {
      throw Refusal(.invalidConfig, "\(longer) must be greater than \(shorter)")
    }
    let reset = values.string("share.auto.offset.reset")
    guard ShareOffsetReset(reset) != nil else {
      throw Refusal(
        .invalidConfig,
        "share.auto.offset.reset wants earliest, latest or by_duration: and an ISO 8601 duration "
          + "such as by_duration:P1D, not '\(reset)'")
    }
  }

  private func checkClientMetrics(
    _ resource: ConfigResource, _ after: [String: String]
  ) throws(Refusal) {
    guard !resource.name.isEmpty else {
      throw Refusal(.invalidRequest, "Subscription name can't be empty")
    }
    do throws(Refusal) {
      try check(after, against: ClientMetricsKeys.all, of: "client metrics")
    } catch {
      throw Refusal(.invalidRequest, error.message)
    }
    for pattern in listItems(after["match"] ?? "") {
      let selector = pattern.prefix { $0 != "=" }
      guard selector.count < pattern.count,
        ClientMetricsKeys.selectors.contains(String(selector)),
        (try? Regex(String(pattern.dropFirst(selector.count + 1)))) != nil
      else {
        throw Refusal(.invalidConfig, "Illegal client matching pattern: \(pattern)")
      }
    }
  }

  private func check(
    _ values: [String: String], against keys: [ConfigKey], of what: String
  ) throws(Refusal) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let key = keys.first(where: { $0.name == name }) else {
        let hint = nearestName(to: name, among: keys.map(\.name)).map { "; did you mean \($0)?" }
        throw Refusal(.invalidConfig, "Unknown \(what) config name: \(name)" + (hint ?? ""))
      }
      if let problem = key.problem(with: value) {
        throw Refusal(.invalidConfig, "\(name) \(problem)")
      }
    }
  }
}
