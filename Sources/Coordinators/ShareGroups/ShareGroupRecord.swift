import KafkaProtocol

/// One change of a share group's durable state; no value is a tombstone.
package enum ShareGroupRecord: AssignedGroupRecord, Equatable {
  case epoch(ShareGroupMetadataValue?)
  case member(String, ShareGroupMemberMetadataValue?)
  case targetEpoch(ConsumerGroupTargetAssignmentMetadataValue?)
  case target(member: String, ConsumerGroupTargetAssignmentMemberValue?)
  case current(member: String, ShareGroupCurrentMemberAssignmentValue?)

  package static func begins(_ epoch: Int32, metadataHash: Int64) -> ShareGroupRecord {
    .epoch(
      ShareGroupMetadataValue {
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
    }
  }

  /// The record's key and value.
  ///
  /// - Throws: `WireError` for a string above 32,767 bytes in the key.
  func encoded(group: String) throws(WireError) -> (key: [UInt8], value: [UInt8]?) {
    switch self {
    case .epoch(let value):
      return (try groupKey(ShareGroupKey.epoch, group), try value?.embedded(version: 0))
    case .member(let id, let value):
      let key = try memberKey(ShareGroupMemberKey.member, group, id)
      return (key, try value?.embedded(version: 0))
    case .targetEpoch(let value):
      let key = try groupKey(ShareGroupKey.targetAssignment, group)
      return (key, try value?.embedded(version: 0))
    case .target(let id, let value):
      let key = try memberKey(ShareGroupMemberKey.targetAssignment, group, id)
      return (key, try value?.embedded(version: 0))
    case .current(let id, let value):
      let key = try memberKey(ShareGroupMemberKey.currentAssignment, group, id)
      return (key, try value?.embedded(version: 0))
    }
  }

  private func groupKey(_ kind: Int16, _ group: String) throws(WireError) -> [UInt8] {
    try ShareGroupKey { $0.group = group }.embedded(version: kind)
  }

  private func memberKey(
    _ kind: Int16, _ group: String, _ member: String
  ) throws(WireError) -> [UInt8] {
    let key = ShareGroupMemberKey {
      $0.group = group
      $0.memberID = member
    }
    return try key.embedded(version: kind)
  }

  /// Reads a record; nil for a kind that is not one of a share group, or tells nothing here.
  static func read(
    kind: Int16, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?
  ) throws(WireError) -> (group: String, ShareGroupRecord)? {
    switch kind {
    case ShareGroupKey.epoch:
      let key = try ShareGroupKey(embedded: Array(key))
      return (key.group, .epoch(try readValue(value)))
    case ShareGroupKey.targetAssignment:
      let key = try ShareGroupKey(embedded: Array(key))
      return (key.group, .targetEpoch(try readValue(value)))
    case ShareGroupMemberKey.member:
      let key = try ShareGroupMemberKey(embedded: Array(key))
      return (key.group, .member(key.memberID, try readValue(value)))
    case ShareGroupMemberKey.targetAssignment:
      let key = try ShareGroupMemberKey(embedded: Array(key))
      return (key.group, .target(member: key.memberID, try readValue(value)))
    case ShareGroupMemberKey.currentAssignment:
      let key = try ShareGroupMemberKey(embedded: Array(key))
      return (key.group, .current(member: key.memberID, try readValue(value)))
    default: return nil
    }
  }
}
