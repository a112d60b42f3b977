/// What a quota limits, by Kafka's config names.
package enum QuotaKey: String, CaseIterable, Sendable {
  /// Bytes of Produce requests a second.
  case producerByteRate = "producer_byte_rate"
  /// Bytes of records in Fetch answers a second.
  case consumerByteRate = "consumer_byte_rate"
  /// Time of one thread that requests may take, in percent.
  case requestPercentage = "request_percentage"
  /// Partitions made and deleted a second.
  case controllerMutationRate = "controller_mutation_rate"
  /// Connections accepted a second.
  case connectionCreationRate = "connection_creation_rate"

  /// Whether it is for addresses, and not for users and client ids.
  package var isForAddresses: Bool { self == .connectionCreationRate }

  /// What is wrong with `value`, in words; nil when it is fine.
  func problem(with value: Double) -> String? {
    guard value > 0, value.isFinite else { return "Quota \(rawValue) must be greater than 0" }
    switch self {
    case .producerByteRate, .consumerByteRate, .connectionCreationRate:
      let limit = self == .connectionCreationRate ? Double(Int32.max) : 9.2e18
      guard value <= limit, abs(value.rounded() - value) <= 1e-6 else {
        return "\(rawValue) must be a whole number up to \(limit)"
      }
      return nil
    case .requestPercentage, .controllerMutationRate: return nil
    }
  }
}
