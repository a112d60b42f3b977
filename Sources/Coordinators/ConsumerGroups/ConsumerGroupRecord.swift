import KafkaProtocol

/// One change of a consumer group's durable state; no value is a tombstone.
package enum ConsumerGroupRecord: AssignedGroupRecord, Equatable {
  case epoch(ConsumerGroupMetadataValue?)
  case member(String, ConsumerGroupMemberMetadataValue?)
  case targetEpoch(ConsumerGroupTargetAssignmentMetadataValue?)
  case target(member: String, ConsumerGroupTargetAssignmentMemberValue?)
  case current(member: String, ConsumerGroupCurrentMemberAssignmentValue?)
  case expression(String, ConsumerGroupRegularExpressionValue?)

  package static func begins(_ epoch: Int32, metadataHash: Int64) -> ConsumerGroupRecord {
    .epoch(
      ConsumerGroupMetadataValue {
        $0.epoch = epoch
        $0.metadataHash = metadataHash
      })
  }

  /// Whether it removes what it names.
  var isTombstone: Bool {
    switch self {
    case .epoch(let value): value == nil
    case .member(_, let value): value == nil
    case .targetEpoch(let value): value == nil
    case .target(_, let value): value == nil
    case .current(_, let value): value == nil
    case .expression(_, let value): value == nil
    }
  }

  /// The record's key and value.
  ///
  /// - Throws: `WireError` for a string above 32,767 bytes in the key.
  func encoded(group: String) throws(WireError) -> (key: [UInt8], value: [UInt8]?) {
    switch self {
    case .epoch(let value):
      return (try groupKey(ConsumerGroupKey.epoch, group), try value?.embedded(version: 0))
    case .member(let id, let value):
      let key = try memberKey(ConsumerGroupMemberKey.member, group, id)
      return (key, try value?.embedded(version: 0))
    case .targetEpoch(let value):
      let key = try groupKey(ConsumerGroupKey.targetAssignment, group)
      return (key, try value?.embedded(version: 0))
    case .target(let id, let value):
      let key = try memberKey(ConsumerGroupMemberKey.targetAssignment, group, id)
      return (key, try value?.embedded(version: 0))
    case .current(let id, let value):
      let key = try memberKey(ConsumerGroupMemberKey.currentAssignment, group, id)
      return (key, try value?.embedded(version: 0))
    case .expression(let expression, let value):
      let key = ConsumerGroupRegularExpressionKey {
        $0.group = group
        $0.regularExpression = expression
      }
      return (try key.embedded(version: 16), try value?.embedded(version: 0))
    }
  }

  private func groupKey(_ kind: Int16, _ group: String) throws(WireError) -> [UInt8] {
    try ConsumerGroupKey { $0.group = group }.embedded(version: kind)
  }

  private func memberKey(
    _ kind: Int16, _ group: String, _ member: String
  ) throws(WireError) -> [UInt8] {
    let key = ConsumerGroupMemberKey {
      $0.group = group
      $0.memberID = member
    }
    return try key.embedded(version: kind)
  }

  /// Reads a record; nil for a kind that is not one of a consumer group, or tells nothing here.
  static func read(
    kind: Int16, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?
  ) throws(WireError) -> (group: String, ConsumerGroupRecord)? {
    switch kind {
    case ConsumerGroupKey.epoch:
      let key = try ConsumerGroupKey(embedded: Array(key))
      return (key.group, .epoch(try readValue(value)))
    case ConsumerGroupKey.targetAssignment:
      let key = try ConsumerGroupKey(embedded: Array(key))
      return (key.group, .targetEpoch(try readValue(value)))
    case ConsumerGroupMemberKey.member:
      let key = try ConsumerGroupMemberKey(embedded: Array(key))
      return (key.group, .member(key.memberID, try readValue(value)))
    case ConsumerGroupMemberKey.targetAssignment:
      let key = try ConsumerGroupMemberKey(embedded: Array(key))
      return (key.group, .target(member: key.memberID, try readValue(value)))
    case ConsumerGroupMemberKey.currentAssignment:
      let key = try ConsumerGroupMemberKey(embedded: Array(key))
      return (key.group, .current(member: key.memberID, try readValue(value)))
    case 16:
      let key = try ConsumerGroupRegularExpressionKey(embedded: Array(key))
      return (key.group, .expression(key.regularExpression, try readValue(value)))
    default: return nil
    }
  }
}
