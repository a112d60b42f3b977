import KafkaProtocol
import Platform
import Records

/// What requests ask the lake for. Implemented over `Tiering`; a broker without a lake
/// has none.
protocol ColdTier: Sendable {
  /// What is wrong with a layout that a new topic names; nil when it can be used.
  func problem(withLayout name: String) -> String?

  /// A topic is served now; its partitions from number `first` on are new.
  func added(_ topic: Topic, from first: Int)
  /// A topic's configs changed.
  func changed(_ topic: Topic)
  /// A topic was deleted.
  func removed(_ topic: TopicID)

  /// Record batches from `offset` on, if they are at hand. Otherwise starts to read them and calls
  /// `whenReady` once, from any thread: then asking again finds them.
  func read(
    _ partition: Partition, from offset: Offset, maxBytes: Int,
    whenReady: @escaping @Sendable () -> Void
  ) -> ColdRead

  /// Finds the first record at or after a time among the settled ones below `end`; calls back from
  /// any thread.
  func lookup(
    _ partition: Partition, timestamp: Int64, below end: Offset,
    _ done: @escaping @Sendable (Result<ColdLookup?, ColdFailure>) -> Void)

  /// Whether another writer has taken the topic's table over: nothing may be produced to it here.
  func isFenced(_ topic: TopicID) -> Bool

  /// The first offset that has not settled; nil when the partition does not settle.
  func settledOffset(_ partition: Partition) -> Offset?

  /// Bytes of the partition's files as far as the table is known; nil when it does not settle.
  func byteCount(_ partition: Partition) -> Int64?
}

/// What a cold read found.
enum ColdRead: Sendable {
  /// Whole batches that begin at or before the wanted offset.
  case batches(ByteBlock)
  case pending
  case failed(ColdFailure)
}

/// A record found by its time.
struct ColdLookup: Sendable {
  let offset: Offset
  let timestamp: Int64
  let leaderEpoch: LeaderEpoch
}

/// Why the cold tier cannot answer.
struct ColdFailure: Error, Sendable {
  let code: ErrorCode
  let message: String
}
