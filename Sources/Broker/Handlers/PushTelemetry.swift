import KafkaProtocol
import Records

/// PushTelemetry (KIP-714): checks what a client brings and when; nothing reads it yet.
enum PushTelemetryHandler: Handler {
  static func handle(_ request: PushTelemetryRequest, _ call: Call, _ loop: LoopService) {
    guard request.clientInstanceID != .zero else {
      return call.answer(PushTelemetryResponse { $0.errorCode = .invalidRequest })
    }
    let code = loop.broker.telemetry.push(
      request.clientInstanceID,
      TelemetryInstance.Push(
        subscriptionID: request.subscriptionID, isTerminating: request.terminating,
        compressionType: request.compressionType, byteCount: request.metrics.count),
      call.telemetryClient(loop.clientID))
    call.answer(PushTelemetryResponse { $0.errorCode = code })
  }
}
