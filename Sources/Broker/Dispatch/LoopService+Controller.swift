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

  /// The same for a request that makes or deletes partitions, which a quota may limit. The client
  /// waits afterwards for as long as the quota says.
  ///
  /// - Parameter version: from it on clients understand THROTTLING_QUOTA_EXCEEDED.
  func onController<Response: KafkaResponse>(
    _ call: Call, strictQuotaFrom version: Int16, busy: @autoclosure () -> Response,
    _ body: @escaping @Sendable (inout MutationQuota?) -> Response
  ) {
    let quota = call.mutationQuota(strictFrom: version)
    let isQueued = broker.controller.submit {
      var quota = quota
      let response = body(&quota)
      call.answerFromAnywhere(response, delay: quota?.delayMilliseconds ?? 0)
    }
    if !isQueued { call.answer(busy()) }
  }
}
