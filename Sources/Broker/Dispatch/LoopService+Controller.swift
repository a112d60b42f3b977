import KafkaProtocol

extension LoopService {
  /// Computes an answer on the controller's thread, where metadata may change and disks may be
  /// waited for. `busy` is the answer when too many such requests wait already.
  func onController<Response: KafkaResponse>(
    _ call: Call, busy: @autoclosure () -> Response, _ body: @escaping @Sendable () -> Response
  ) {
    let isQueued = broker.controller.submit { call.answerFromAnywhere(body()) }
    if !isQueued { call.answer(busy()) }
  }
}
