import KafkaProtocol
import Records

/// The cold tier of a broker whose topics do not settle: nothing is ever in it.
struct NoColdTier: ColdTier {
  func added(_ topic: Topic, from first: Int) {}
  func removed(_ topic: TopicID) {}

  func read(
    _ partition: Partition, from offset: Offset, maxBytes: Int,
    whenReady: @escaping @Sendable () -> Void
  ) -> ColdRead {
    .failed(ColdFailure(code: .offsetOutOfRange, message: "the topic does not settle"))
  }

  func lookup(
    _ partition: Partition, timestamp: Int64,
    _ done: @escaping @Sendable (Result<ColdLookup?, ColdFailure>) -> Void
  ) { done(.success(nil)) }

  func settledOffset(_ partition: Partition) -> Offset? { nil }
}
