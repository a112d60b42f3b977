import KafkaProtocol

/// What a group wants done.
package enum GroupAction: Equatable, Sendable {
  /// Answers a request; each token once.
  case reply(ReplyToken, GroupReply)
  /// Appends the records, in the order of these actions, and tells by `persisted` or `failed`.
  case persist(PersistTicket, [GroupRecord])
  /// The same within the producer's transaction: a batch of its own, marked as the producer's.
  case persistInTransaction(PersistTicket, [GroupRecord], ProducerIdentity)
  /// Sends a `wake` when the monotonic clock (milliseconds) reaches this; replaces the one before.
  case wake(at: Int64)
}

/// An answer, as far as it does not depend on the request's version.
package enum GroupReply: Equatable, Sendable {
  case join(JoinGroupResponse)
  case sync(SyncGroupResponse)
  case heartbeat(ErrorCode)
  case consumerHeartbeat(ConsumerGroupHeartbeatResponse)
  case shareHeartbeat(ShareGroupHeartbeatResponse)
  /// None when there is a share group without members.
  case sharePrepared(ErrorCode)
  /// With an error for the whole request, or one for each member.
  case leave(ErrorCode, [LeaveGroupResponse.Member])
  /// One for each partition of the commit, in their order.
  case commit([ErrorCode])
  /// Of the group.
  case deleted(ErrorCode)
  /// An error for the whole request, or one for each partition.
  case offsetsDeleted(ErrorCode, [ErrorCode])

  /// The answer when what it tells of could not be stored.
  func refused(_ code: ErrorCode) -> GroupReply {
    switch self {
    case .join(var response):
      response.errorCode = code
      return .join(response)
    case .sync: return .sync(SyncGroupResponse { $0.errorCode = code })
    case .heartbeat: return .heartbeat(code)
    case .consumerHeartbeat:
      return .consumerHeartbeat(ConsumerGroupHeartbeatResponse { $0.errorCode = code })
    case .shareHeartbeat:
      return .shareHeartbeat(ShareGroupHeartbeatResponse { $0.errorCode = code })
    case .sharePrepared: return .sharePrepared(code)
    case .leave: return .leave(code, [])
    case .commit(let errors): return .commit(errors.map { $0 == .none ? code : $0 })
    case .deleted: return .deleted(code)
    case .offsetsDeleted: return .offsetsDeleted(code, [])
    }
  }
}
