/// The settings of transaction coordination, under Kafka's names.
package struct TransactionConfig: Sendable {
  /// `transaction.max.timeout.ms`.
  package var maximumTimeoutMilliseconds: Int32 = 900_000
  /// `transactional.id.expiration.ms`.
  package var idExpirationMilliseconds: Int64 = 604_800_000
  /// The most requests for one transactional id that wait while partitions are added to it.
  package var maximumWaiting = 1000

  package init() {}
}
