import Cluster
import KafkaProtocol

/// CreateAcls: there is no authorizer.
enum CreateAclsHandler: Handler {
  static func handle(_ request: CreateAclsRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      CreateAclsResponse { response in
        response.results = request.creations.map { _ in
          CreateAclsResponse.Result {
            $0.errorCode = Refusal.noAuthorizer.code
            $0.errorMessage = Refusal.noAuthorizer.message
          }
        }
      })
  }
}
