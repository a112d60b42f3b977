import KafkaProtocol

/// A member of a classic group.
package struct GroupMember: Sendable {
  package internal(set) var id: String
  /// The name of a static member (KIP-345).
  package let instanceID: String?
  package internal(set) var clientID: String
  package internal(set) var clientHost: String
  package internal(set) var sessionTimeoutMilliseconds: Int32
  package internal(set) var rebalanceTimeoutMilliseconds: Int32
  /// The assignors it knows, the one it likes best first.
  package internal(set) var protocols: [JoinGroupRequest.GroupProtocol]
  package internal(set) var assignment: [UInt8] = []

  /// Grows with each member that is added: their order.
  let sequence: Int
  /// Until its first generation.
  var isNew = false
  /// Its JoinGroup that waits for the generation.
  var joinToken: ReplyToken?
  /// Its SyncGroup that waits for the assignment.
  var syncToken: ReplyToken?
  /// Whether the generation has begun for it and its SyncGroup has not come.
  var owesSync = false
  /// When it is given up unless it is heard of; monotonic milliseconds.
  var sessionDeadline: Int64 = 0

  var isAwaitingJoin: Bool { joinToken != nil }

  /// Whether the session's deadline counts: who waits for an answer cannot send heartbeats, but a
  /// new member that never comes back must not be waited for without end.
  var canExpire: Bool { isNew || (joinToken == nil && syncToken == nil) }

  /// What it told an assignor; empty when it does not know it.
  package func metadata(for name: String?) -> [UInt8] {
    protocols.first { $0.name == name }?.metadata ?? []
  }
}
