import KafkaProtocol

/// ApiVersions: what this broker serves, as the lists of handlers and features have it.
enum ApiVersionsHandler: Handler {
  /// Clients of versions before take a feature for malformed that begins at level 0 (KAFKA-17011).
  private static let firstVersionWithLevelZero: Int16 = 4

  static func handle(_ request: ApiVersionsRequest, _ call: Call, _ loop: LoopService) {
    if !request.clientSoftwareName.isEmpty {
      ClientSession.of(call.connection).identify(
        softwareName: request.clientSoftwareName, softwareVersion: request.clientSoftwareVersion)
    }
    let lowest: Int16 = call.version < firstVersionWithLevelZero ? 1 : 0
    var response = ApiVersionsResponse(serving: servedHandlers.map { $0.servedAPI })
    response.supportedFeatures = servedFeatures.map { feature in
      ApiVersionsResponse.SupportedFeature {
        $0.name = feature.name
        $0.minVersion = max(lowest, feature.supported.lowerBound)
        $0.maxVersion = feature.supported.upperBound
      }
    }
    response.finalizedFeatures = servedFeatures.map { feature in
      ApiVersionsResponse.FinalizedFeature {
        $0.name = feature.name
        $0.minVersionLevel = feature.level
        $0.maxVersionLevel = feature.level
      }
    }
    // They never change.
    response.finalizedFeaturesEpoch = 0
    call.answer(response)
  }
}
