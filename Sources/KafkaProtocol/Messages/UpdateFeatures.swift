/// Raises or lowers the levels of features (KIP-584).
package struct UpdateFeaturesRequest: KafkaRequest {
  package typealias Response = UpdateFeaturesResponse

  package static let api = API(.updateFeatures, versions: 0...2, flexibleFrom: 0)

  package var timeoutMilliseconds: Int32 = 60000
  package var featureUpdates: [Update] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&timeoutMilliseconds)
    try f.field(&featureUpdates)
    try f.field(&validateOnly, in: 1...)
  }

  /// One feature and its wanted level.
  package struct Update: Message {
    package var feature = ""
    /// Zero removes the feature.
    package var maxVersionLevel: Int16 = 0
    package var allowDowngrade = false
    /// 1 upgrade, 2 safe downgrade, 3 unsafe downgrade.
    package var upgradeType: Int8 = 1

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&feature)
      try f.field(&maxVersionLevel)
      try f.field(&allowDowngrade, in: 0...0)
      try f.field(&upgradeType, in: 1...)
    }
  }
}

/// Says whether the levels changed.
package struct UpdateFeaturesResponse: KafkaResponse {
  package static let api = UpdateFeaturesRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var results: [Result] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&results, in: 0...1)
  }

  /// The outcome for one feature.
  package struct Result: Message {
    package var feature = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&feature)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
