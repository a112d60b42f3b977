import KafkaProtocol
import Records

/// GetTelemetrySubscriptions (KIP-714): gives a client its instance id, and says what to push.
enum GetTelemetrySubscriptionsHandler: Handler {
  static func handle(
    _ request: GetTelemetrySubscriptionsRequest, _ call: Call, _ loop: LoopService
  ) {
    let telemetry = loop.broker.telemetry
    let id =
      request.clientInstanceID == .zero
      ? TopicID.random(loop.broker.random) : request.clientInstanceID
    let (code, plan) = telemetry.get(id, call.telemetryClient(loop.clientID))
    call.answer(
      GetTelemetrySubscriptionsResponse { answer in
        answer.errorCode = code
        guard code == .none else { return }
        answer.clientInstanceID = id
        answer.subscriptionID = plan.subscriptionID
        answer.acceptedCompressionTypes = TelemetryInstance.compressionTypes
        answer.pushIntervalMilliseconds = plan.pushIntervalMilliseconds
        answer.telemetryMaxBytes = Int32(clamping: telemetry.maximumBytes)
        answer.deltaTemporality = true
        answer.requestedMetrics = plan.metrics
      })
  }
}

extension Call {
  /// What telemetry subscriptions are matched with; on the loop's thread.
  func telemetryClient(_ clientID: WireString?) -> TelemetrySubscription.Client {
    let session = ClientSession.of(connection)
    return TelemetrySubscription.Client(
      clientID: clientID.map { String($0) } ?? "", softwareName: session.softwareName,
      softwareVersion: session.softwareVersion, address: connection.peerHost,
      port: connection.peerPort)
  }
}
