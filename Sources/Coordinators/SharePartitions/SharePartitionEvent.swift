import KafkaProtocol
import Records

/// What a member says of records that it has acquired.
package enum AcknowledgeType: Int8, CaseIterable, Sendable {
  /// There is no such record.
  case gap = 0
  case accept = 1
  /// Somebody may try again.
  case release = 2
  /// Nobody shall try again.
  case reject = 3
  /// The member needs more time (KIP-1222).
  case renew = 4
}

/// Offsets in a row of which a member says the same.
package struct Acknowledgement: Equatable, Sendable {
  package let first: Offset
  package let last: Offset
  package let type: AcknowledgeType

  package init(first: Offset, last: Offset, type: AcknowledgeType) {
    self.first = first
    self.last = last
    self.type = type
  }
}

/// What happens to a share-partition.
package enum SharePartitionEvent: Sendable {
  /// It is known where the group begins to read.
  case begin(Offset)
  /// - `lockMilliseconds`: how long renewed records are the member's own.
  case acknowledge([Acknowledgement], member: String, lockMilliseconds: Int64, ReplyToken)
  /// The member's session has ended: what it holds was not delivered.
  case memberGone(String)
  /// It is time to look for locks that have run out.
  case checkLocks
  /// Nothing below this can be read any more.
  case logStartMoved(Offset)
  /// The log ends here after a crash that took its last records: other ones will follow.
  case logCut(Offset)
  /// An administrator lets the group go on at an offset.
  case setStart(Offset, ReplyToken)
  /// The group, its topic or its offset is gone.
  case delete(ReplyToken?)
  /// The log needs the state once more, because the records that hold it are old.
  case renewSnapshot
  /// The ticket's record is durable. Tickets come in their order.
  case persisted(PersistTicket)
  /// The ticket's record could not be stored.
  case failed(PersistTicket, ErrorCode)
  /// The coordinator stops: everyone who waits is sent away.
  case unload
}

/// What a share-partition wants done.
package enum SharePartitionAction: Equatable, Sendable {
  /// Answers a request; each token once.
  case reply(ReplyToken, ErrorCode)
  /// Appends the record, in the order of these actions, and tells by `persisted` or `failed`.
  case persist(PersistTicket, ShareRecord)
  /// Records may be acquired that could not be before: fetches that wait look again.
  case wakeFetches
}
