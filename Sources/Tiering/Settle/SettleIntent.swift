import Lake

/// The durable note of a commit in the making: written before the first object of it, removed when
/// its outcome is known and dealt with. What a crash leaves in the store is found from these, not
/// by listing.
struct SettleIntent: Codable, Sendable {
  let commitID: String
  /// The topic's id in Kafka's text form.
  let topicID: String
  /// The keys of all data files that were or may have been begun.
  var dataFileKeys: [String]
  /// The last conditional create that was or may have been sent; nil while there was none.
  var attempt: CommitAttempt?
}
