import KafkaProtocol

/// AlterUserScramCredentials: none is taken, because no listener would ask for it, and whoever set
/// one would believe to be protected. There is none to remove.
enum AlterUserScramCredentialsHandler: Handler {
  static func handle(
    _ request: AlterUserScramCredentialsRequest, _ call: Call, _ loop: LoopService
  ) {
    let upserted = Set(request.upsertions.map(\.name))
    let users = upserted.union(request.deletions.map(\.name))
    call.answer(
      AlterUserScramCredentialsResponse { response in
        response.results = users.sorted().map { name in
          AlterUserScramCredentialsResponse.Result {
            $0.user = name
            $0.errorCode =
              upserted.contains(name) ? .unsupportedSASLMechanism : .resourceNotFound
            $0.errorMessage =
              upserted.contains(name)
              ? "No listener of this broker has SASL: a credential would protect nothing."
              : "Attempt to delete a user credential that does not exist"
          }
        }
      })
  }
}
