import Cluster
import KafkaProtocol

/// DeleteAcls: there is no authorizer.
enum DeleteAclsHandler: Handler {
  static func handle(_ request: DeleteAclsRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      DeleteAclsResponse { response in
        response.filterResults = request.filters.map { _ in
          DeleteAclsResponse.FilterResult {
            $0.errorCode = Refusal.noAuthorizer.code
            $0.errorMessage = Refusal.noAuthorizer.message
          }
        }
      })
  }
}
