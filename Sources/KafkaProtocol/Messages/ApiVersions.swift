/// Asks which APIs and versions the broker speaks; the first request of nearly every
/// connection, allowed before authentication.
package struct ApiVersionsRequest: KafkaRequest {
  package typealias Response = ApiVersionsResponse

  package static let api = API(.apiVersions, versions: 0...4, flexibleFrom: 3)

  package var clientSoftwareName = ""
  package var clientSoftwareVersion = ""

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&clientSoftwareName, in: 3...)
    try f.field(&clientSoftwareVersion, in: 3...)
  }
}

/// Lists the APIs and versions that the broker speaks. Its header is always version 0
/// (KIP-511).
package struct ApiVersionsResponse: KafkaResponse {
  package static let api = ApiVersionsRequest.api

  package var errorCode = ErrorCode.none
  package var apiKeys: [Range] = []
  package var throttleTimeMilliseconds: Int32 = 0
  package var supportedFeatures: [SupportedFeature] = []
  /// −1 while unknown.
  package var finalizedFeaturesEpoch: Int64 = -1
  package var finalizedFeatures: [FinalizedFeature] = []
  package var zkMigrationReady = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&errorCode)
    try f.field(&apiKeys)
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.tagged(0, &supportedFeatures, in: 3...)
    try f.tagged(1, &finalizedFeaturesEpoch, in: 3..., default: -1)
    try f.tagged(2, &finalizedFeatures, in: 3...)
    try f.tagged(3, &zkMigrationReady, in: 3...)
  }

  /// The versions of one API.
  package struct Range: Message {
    /// A number rather than an `APIKey`: clients read answers of newer brokers.
    package var apiKey: Int16 = 0
    package var minVersion: Int16 = 0
    package var maxVersion: Int16 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&apiKey)
      try f.field(&minVersion)
      try f.field(&maxVersion)
    }
  }

  /// The levels of a feature that the broker could run (KIP-584).
  package struct SupportedFeature: Message {
    package var name = ""
    package var minVersion: Int16 = 0
    package var maxVersion: Int16 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&minVersion)
      try f.field(&maxVersion)
    }
  }

  /// The levels of a feature that the cluster has agreed on (KIP-584).
  package struct FinalizedFeature: Message {
    package var name = ""
    package var maxVersionLevel: Int16 = 0
    package var minVersionLevel: Int16 = 0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&maxVersionLevel)
      try f.field(&minVersionLevel)
    }
  }
}
