import KafkaProtocol

/// Knows which transactions hold which partitions: the transaction coordinator, as the produce path
/// sees it (KIP-890).
protocol TransactionVerifier: Sendable {
  /// Says whether the producer's transaction holds the partition; `.none` lets its batch in.
  ///
  /// - Parameters:
  ///   - adds: The client speaks transactions V2 and has not added the partition itself: it is
  ///     added now.
  ///   - done: Called once, from any thread.
  func verify(
    transactionalID: String, producerID: Int64, producerEpoch: Int16, partition: Partition,
    adds: Bool, _ done: @escaping @Sendable (ErrorCode) -> Void)
}
