import KafkaProtocol

/// ApiVersions: what this broker serves, as the list of handlers has it.
enum ApiVersionsHandler: Handler {
  static func handle(_ request: ApiVersionsRequest, _ call: Call, _ loop: LoopService) {
    if !request.clientSoftwareName.isEmpty {
      ClientSession.of(call.connection).identify(
        softwareName: request.clientSoftwareName, softwareVersion: request.clientSoftwareVersion)
    }
    call.answer(ApiVersionsResponse(serving: servedHandlers.map { $0.servedAPI }))
  }
}
