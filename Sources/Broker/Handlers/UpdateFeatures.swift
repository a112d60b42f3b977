import Cluster
import KafkaProtocol

/// UpdateFeatures: features run at the level that this version has; asking for that is no change,
/// and asking for another is refused.
enum UpdateFeaturesHandler: Handler {
  /// From here on there are no results by feature: the first error is that of the whole.
  private static let firstVersionWithoutResults: Int16 = 2

  static func handle(_ request: UpdateFeaturesRequest, _ call: Call, _ loop: LoopService) {
    let refusals = request.featureUpdates.map { ($0.feature, refusal($0)) }
    call.answer(
      UpdateFeaturesResponse { response in
        response.results = refusals.map { feature, refusal in
          UpdateFeaturesResponse.Result {
            $0.feature = feature
            $0.errorCode = refusal?.code ?? .none
            $0.errorMessage = refusal?.message
          }
        }
        guard call.version >= firstVersionWithoutResults,
          let (feature, refusal) = refusals.first(where: { $0.1 != nil }), let refusal
        else { return }
        response.errorCode = refusal.code
        response.errorMessage =
          "The update failed for all features since the following feature had an error: "
          + "\(feature): \(refusal.message)"
      })
  }

  private static func refusal(_ wish: UpdateFeaturesRequest.Update) -> Refusal? {
    guard let feature = servedFeatures.first(where: { $0.name == wish.feature }) else {
      return Refusal(
        .invalidUpdateVersion, "The server does not support the feature \(wish.feature).")
    }
    guard feature.level == wish.maxVersionLevel else {
      return Refusal(
        .invalidUpdateVersion,
        "The level of \(feature.name) is \(feature.level) and cannot be changed to "
          + "\(wish.maxVersionLevel).")
    }
    return nil
  }
}
