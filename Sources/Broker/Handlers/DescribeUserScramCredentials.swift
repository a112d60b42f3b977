import KafkaProtocol

/// DescribeUserScramCredentials: without SASL there is no user.
enum DescribeUserScramCredentialsHandler: Handler {
  static func handle(
    _ request: DescribeUserScramCredentialsRequest, _ call: Call, _ loop: LoopService
  ) {
    let names = Dictionary(grouping: request.users ?? [], by: \.name)
    call.answer(
      DescribeUserScramCredentialsResponse { response in
        response.results = names.sorted { $0.key < $1.key }.map { name, asked in
          DescribeUserScramCredentialsResponse.Result {
            $0.user = name
            let isOnce = asked.count == 1
            $0.errorCode = isOnce ? .resourceNotFound : .duplicateResource
            $0.errorMessage =
              isOnce
              ? "Attempt to describe a user credential that does not exist: \(name)"
              : "Cannot describe SCRAM credentials for the same user twice in a single request: "
                + name
          }
        }
      })
  }
}
