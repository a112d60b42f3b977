import Cluster
import KafkaProtocol

/// DescribeAcls: there is no authorizer.
enum DescribeAclsHandler: Handler {
  static func handle(_ request: DescribeAclsRequest, _ call: Call, _ loop: LoopService) {
    call.answer(
      DescribeAclsResponse {
        $0.errorCode = Refusal.noAuthorizer.code
        $0.errorMessage = Refusal.noAuthorizer.message
      })
  }
}

extension Refusal {
  /// What every API of access control lists answers.
  static let noAuthorizer = Refusal(
    .securityDisabled, "No Authorizer is configured on the broker")
}
