import KafkaProtocol

/// What the records of groups whose members the coordinator assigns have in common.
package protocol AssignedGroupRecord: Sendable {
  /// An epoch of the group begins, over topics with this hash.
  static func begins(_ epoch: Int32, metadataHash: Int64) -> Self
  /// What the member shall have.
  static func target(member: String, _ value: ConsumerGroupTargetAssignmentMemberValue?) -> Self
  /// The epoch that the targets are for.
  static func targetEpoch(_ value: ConsumerGroupTargetAssignmentMetadataValue?) -> Self
}
