extension ApiVersionsResponse {
  /// The answer of a broker that serves `apis`.
  package init(serving apis: [API]) {
    self.init()
    apiKeys = apis.map(Range.init).sorted { $0.apiKey < $1.apiKey }
  }

  /// The answer to an ApiVersions request of a version that is not served: to be framed as
  /// version 0, which every client can read (KIP-511).
  package static var unsupportedVersion: ApiVersionsResponse {
    ApiVersionsResponse {
      $0.errorCode = .unsupportedVersion
      $0.apiKeys = [Range(ApiVersionsRequest.api)]
    }
  }
}

extension ApiVersionsResponse.Range {
  /// What is advertised of `api`.
  package init(_ api: API) {
    self.init()
    apiKey = api.key.rawValue
    minVersion = api.advertisedVersions.lowerBound
    maxVersion = api.advertisedVersions.upperBound
  }
}
