import KafkaProtocol

// Who may commit and fetch offsets of a group of the consumer protocol.
extension ConsumerGroup {
  /// The error of a commit; nil when it is to be taken.
  func commitProblem(_ commit: OffsetCommit) -> ErrorCode? {
    // Administrators and consumers that assign themselves commit while nobody else is there.
    if commit.generationID < 0, members.isEmpty { return nil }
    guard let member = members[commit.memberID] else { return .unknownMemberID }
    if let instanceID = commit.groupInstanceID, instances[instanceID] != member.id {
      return instances[instanceID] == nil ? .unknownMemberID : .fencedInstanceID
    }
    if member.classic != nil {
      return commit.generationID == member.epoch ? nil : .illegalGeneration
    }
    guard commit.knowsMemberEpochs else { return .unsupportedVersion }
    return commit.generationID == member.epoch ? nil : .staleMemberEpoch
  }

  /// The error of a fetch by a member; nil when it is to be answered. Somebody outside gives none.
  func fetchProblem(memberID: String?, epoch memberEpoch: Int32) -> ErrorCode? {
    guard let memberID, memberEpoch >= 0 else { return nil }
    guard let member = members[memberID] else { return .unknownMemberID }
    if member.epoch == memberEpoch { return nil }
    return member.classic == nil ? .staleMemberEpoch : .illegalGeneration
  }
}
