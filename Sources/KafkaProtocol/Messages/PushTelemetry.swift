import Records

/// Brings a client's metrics in OpenTelemetry's form (KIP-714).
package struct PushTelemetryRequest: KafkaRequest {
  package typealias Response = PushTelemetryResponse

  package static let api = API(.pushTelemetry, versions: 0...0, flexibleFrom: 0)

  package var clientInstanceID = TopicID.zero
  package var subscriptionID: Int32 = 0
  /// The client goes away: its last push.
  package var terminating = false
  package var compressionType: Int8 = 0
  package var metrics: [UInt8] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&clientInstanceID)
    try f.field(&subscriptionID)
    try f.field(&terminating)
    try f.field(&compressionType)
    try f.field(&metrics)
  }
}

/// Says whether a push was taken.
package struct PushTelemetryResponse: KafkaResponse {
  package static let api = PushTelemetryRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
  }
}
