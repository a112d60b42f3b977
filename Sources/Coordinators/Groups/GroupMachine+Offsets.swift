import KafkaProtocol
import Records

extension GroupMachine {
  mutating func commit(_ commit: OffsetCommit, _ token: ReplyToken) {
    if let problem = commitProblem(commit) {
      return reply(token, .commit(commit.partitions.map { _ in problem }))
    }
    // A commit is as good as a heartbeat while the generation may go on.
    if !commit.memberID.isEmpty, state == .stable || state == .preparingRebalance {
      touch(commit.memberID)
    }
    let (errors, records) = offsetRecords(of: commit)
    guard !records.isEmpty else { return reply(token, .commit(errors)) }
    persist(records, then: .commit(token, errors, records))
  }

  /// The records of those offsets that may be kept, and one code for each partition.
  func offsetRecords(of commit: OffsetCommit) -> ([ErrorCode], [GroupRecord]) {
    let time = now.wallMilliseconds
    let (end, isFar) = time.addingReportingOverflow(commit.retentionMilliseconds)
    var records: [GroupRecord] = []
    let errors: [ErrorCode] = commit.partitions.map { partition in
      if partition.metadata.utf16.count > config.maximumMetadataLength {
        return .offsetMetadataTooLarge
      }
      let committed = CommittedOffset(
        offset: partition.offset, leaderEpoch: partition.leaderEpoch,
        metadata: partition.metadata, commitTimestamp: time,
        expireTimestamp: commit.retentionMilliseconds < 0 || isFar ? nil : end)
      records.append(
        .offset(
          group: groupID, topic: partition.topic, partition: partition.partition, committed))
      return .none
    }
    return (errors, records)
  }

  private func commitProblem(_ commit: OffsetCommit) -> ErrorCode? {
    if state == .dead { return .coordinatorNotAvailable }
    // What share groups have read is not told by offsets.
    if isShare { return .groupIDNotFound }
    if let consumer { return consumer.group.commitProblem(commit) }
    let isOutside = commit.generationID < 0
    // Administrators and consumers that assign themselves commit while nobody else is there.
    if isOutside, state == .empty { return nil }
    if isOutside, commit.memberID.isEmpty, commit.groupInstanceID == nil {
      return .unknownMemberID
    }
    if let problem = identityProblem(commit.memberID, commit.groupInstanceID) { return problem }
    if commit.generationID != generationID { return .illegalGeneration }
    return state == .completingRebalance ? .rebalanceInProgress : nil
  }

  /// Removes what has expired, and the group itself when it is empty and has nothing left.
  ///
  /// An empty group's offsets expire `offsets.retention.minutes` after it became empty; those of a
  /// group that never had members, that long after their commit; so do, in a stable group of
  /// consumers, those of topics that nobody subscribes to (KIP-211).
  mutating func expireOffsets() {
    // Share groups stay until somebody deletes them.
    guard state != .dead, !isShare else { return }
    let subscribed = subscribedTopics
    let isClassic = consumer == nil && protocolType != nil
    let canExpire = !isClassic || state == .empty || subscribed != nil
    var records: [GroupRecord] = []
    var kept = 0
    for (topic, partitions) in offsets.sorted {
      for (partition, committed) in partitions {
        var start = committed.commitTimestamp
        if isClassic, state == .empty { start = stateTimestamp ?? start }
        let isOver =
          committed.expireTimestamp.map { now.wallMilliseconds >= $0 }
          ?? (now.wallMilliseconds - start >= config.offsetsRetentionMilliseconds)
        // What an open transaction is about to replace is in use.
        let key = OffsetKey(topic: topic, partition: partition)
        let isPending = offsets.pending.contains(key)
        if canExpire, isOver, !isPending, subscribed?.contains(topic) != true {
          records.append(
            .offset(group: groupID, topic: topic, partition: partition, nil))
        } else {
          kept += 1
        }
      }
    }
    if kept == 0, offsets.pending.isEmpty, hasNoMembers, pendingMembers.isEmpty, inFlight.isEmpty {
      records += tombstones
    }
    if !records.isEmpty { persist(records, then: .removal(records)) }
  }

  /// Removes the offsets of topics that were deleted.
  mutating func forget(_ topics: [String]) {
    guard state != .dead else { return }
    let pending = offsets.pending.keys
    var records: [GroupRecord] = []
    for topic in topics {
      var partitions = Set((offsets.byTopic[topic] ?? [:]).keys)
      for key in pending where key.topic == topic { partitions.insert(key.partition) }
      for partition in partitions.sorted() {
        records.append(.offset(group: groupID, topic: topic, partition: partition, nil))
      }
    }
    if !records.isEmpty { persist(records, then: .removal(records)) }
  }

  /// The topics that a stable group of consumers reads; nil when that cannot be known.
  private var subscribedTopics: Set<String>? {
    if let consumer { return consumer.group.subscribedTopics }
    guard state == .stable, protocolType == "consumer" else { return nil }
    var topics: Set<String> = []
    for member in members.values {
      do throws(WireError) {
        let metadata = member.metadata(for: protocolName)
        topics.formUnion(try ConsumerProtocolSubscription(embedded: metadata).topics)
      } catch {
        return nil
      }
    }
    return topics
  }
}
