extension BrokerKeys {
  /// The transaction coordinator and its internal topic.
  static let transactions: [ConfigKey] = [
    ConfigKey(
      "transaction.state.log.num.partitions", .int, "50", in: 1...10000,
      "Partitions of __transaction_state; fixed once the topic exists."),
    ConfigKey(
      "transaction.state.log.segment.bytes", .int, "104857600", in: 1_048_576...Int64(Int32.max),
      "Segment size of __transaction_state."),
    ConfigKey(
      "transaction.max.timeout.ms", .int, "900000", in: 1...Int64(Int32.max),
      "The longest transaction timeout a producer may ask for."),
    ConfigKey(
      "transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, "10000",
      in: 1...Int64(Int32.max),
      "How often transactions that are open for longer than their timeout are aborted."),
    ConfigKey(
      "transactional.id.expiration.ms", .int, "604800000", in: 1...Int64(Int32.max),
      "A transactional id without a transaction for this long is forgotten."),
    ConfigKey(
      "transaction.remove.expired.transaction.cleanup.interval.ms", .int, "3600000",
      in: 1...Int64(Int32.max), "How often transactional ids are checked for expiry."),
    ConfigKey(
      "transaction.partition.verification.enable", .boolean, "true",
      "Asks the coordinator whether a partition is in the transaction before its first batch is "
        + "written (KIP-890). As in Kafka it can be left out for clients of transactions V1 only: "
        + "those of V2 add the partition by that."),
  ]
}
