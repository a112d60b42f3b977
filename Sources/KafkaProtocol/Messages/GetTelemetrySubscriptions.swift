import Records

/// Asks which metrics a client is to push, and how often (KIP-714).
package struct GetTelemetrySubscriptionsRequest: KafkaRequest {
  package typealias Response = GetTelemetrySubscriptionsResponse

  package static let api = API(.getTelemetrySubscriptions, versions: 0...0, flexibleFrom: 0)

  /// Zero in a client's first request: the broker gives it one.
  package var clientInstanceID = TopicID.zero

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&clientInstanceID)
  }
}

/// Tells a client what to push.
package struct GetTelemetrySubscriptionsResponse: KafkaResponse {
  package static let api = GetTelemetrySubscriptionsRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var clientInstanceID = TopicID.zero
  /// Goes with every push, so that the broker sees a client that follows an old subscription.
  package var subscriptionID: Int32 = 0
  /// By Kafka's codec numbers, best first.
  package var acceptedCompressionTypes: [Int8] = []
  package var pushIntervalMilliseconds: Int32 = 0
  package var telemetryMaxBytes: Int32 = 0
  package var deltaTemporality = false
  /// Prefixes of metric names; an empty one is all metrics, no prefix is nothing to push.
  package var requestedMetrics: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&clientInstanceID)
    try f.field(&subscriptionID)
    try f.field(&acceptedCompressionTypes)
    try f.field(&pushIntervalMilliseconds)
    try f.field(&telemetryMaxBytes)
    try f.field(&deltaTemporality)
    try f.field(&requestedMetrics)
  }
}
