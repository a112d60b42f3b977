import KafkaProtocol

/// What a group wants done.
package enum GroupAction: Equatable, Sendable {
  /// Answers a request; each token once.
  case reply(ReplyToken, GroupReply)
  /// Appends the records, in the order of these actions, and tells by `persisted` or `failed`.
  case persist(PersistTicket, [GroupRecord])
  /// Sends a `wake` when the monotonic clock (milliseconds) reaches this; replaces the one before.
  case wake(at: Int64)
}

/// An answer, as far as it does not depend on the request's version.
package enum GroupReply: Equatable, Sendable {
  case join(JoinGroupResponse)
  case sync(SyncGroupResponse)
  case heartbeat(ErrorCode)
  /// With an error for the whole request, or one for each member.
  case leave(ErrorCode, [LeaveGroupResponse.Member])
  /// One for each partition of the commit, in their order.
  case commit([ErrorCode])
}
