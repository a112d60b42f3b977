import Records

/// Lets a batch begin a transaction in the log (KIP-890).
///
/// Whoever appends takes one, asks the coordinator whether the transaction holds the partition, and
/// appends with it. If the transaction has been ended meanwhile the guard is void: a late batch
/// would open a transaction that nobody ever ends.
package struct VerificationGuard: Sendable {
  /// The end of the log when it was taken; a marker at or above it is younger than the guard.
  let taken: Offset
}
