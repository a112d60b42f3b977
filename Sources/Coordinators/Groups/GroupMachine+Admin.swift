import KafkaProtocol
import Records

// What administrators ask for: to describe a group, to delete it, to delete some of its offsets.
extension GroupMachine {
  // MARK: Deleting

  /// Removes the group and all its offsets, if it has no members.
  mutating func delete(_ token: ReplyToken) {
    if state == .dead || isDisposable { return reply(token, .deleted(.groupIDNotFound)) }
    guard hasNoMembers else { return reply(token, .deleted(.nonEmptyGroup)) }
    let records = keysOfAllOffsets.map { tombstone($0) } + tombstones
    persist(records, then: .deletion(token, .deleted(.none), records))
  }

  /// Removes the offsets of partitions that no member reads (KIP-496).
  mutating func deleteOffsets(_ wishes: [OffsetKey], _ token: ReplyToken) {
    if state == .dead || isDisposable {
      return reply(token, .offsetsDeleted(.groupIDNotFound, []))
    }
    if isShare { return reply(token, .offsetsDeleted(.groupIDNotFound, [])) }
    if consumer == nil, state != .empty, protocolType != "consumer" {
      return reply(token, .offsetsDeleted(.nonEmptyGroup, []))
    }
    let known = keysOfAllOffsets
    var records: [GroupRecord] = []
    let errors: [ErrorCode] = wishes.map { wish in
      if readsTopic(wish.topic) { return .groupSubscribedToTopic }
      if known.contains(wish) { records.append(tombstone(wish)) }
      return .none
    }
    let answer = GroupReply.offsetsDeleted(.none, errors)
    guard !records.isEmpty else { return reply(token, answer) }
    persist(records, then: .deletion(token, answer, records))
  }

  /// Nobody is there or on the way.
  var hasNoMembers: Bool {
    guard memberChange == nil, waitingEvents.isEmpty else { return false }
    return share.map(\.group.members.isEmpty) ?? consumer.map(\.group.members.isEmpty)
      ?? (state == .empty)
  }

  /// The records that remove the group itself, whichever kind it is; the last is the classic one's.
  var tombstones: [GroupRecord] {
    var erased = consumer
    erased?.erase()
    var erasedShare = share
    erasedShare?.erase()
    let records = (erased?.records ?? []) + (erasedShare?.records ?? [])
    return records + [.metadata(group: groupID, nil)]
  }

  /// The offsets that the group has, those that wait for the end of a transaction, and those that
  /// are being committed just now.
  private var keysOfAllOffsets: [OffsetKey] {
    var keys: Set<OffsetKey> = []
    for (topic, partitions) in offsets.byTopic {
      for partition in partitions.keys {
        keys.insert(OffsetKey(topic: topic, partition: partition))
      }
    }
    keys.formUnion(offsets.pending.keys)
    for case .commit(_, _, let records) in inFlight.values {
      for case .offset(_, let topic, let partition, _) in records {
        keys.insert(OffsetKey(topic: topic, partition: partition))
      }
    }
    return keys.sorted()
  }

  private func tombstone(_ key: OffsetKey) -> GroupRecord {
    .offset(group: groupID, topic: key.topic, partition: key.partition, nil)
  }

  /// Whether a member subscribes to the topic, or may do so: a subscription that cannot be read
  /// keeps all topics.
  private func readsTopic(_ topic: String) -> Bool {
    if let consumer { return consumer.group.subscribedTopics.contains(topic) }
    return members.values.contains { member in
      guard let offered = member.protocols.first else { return false }
      let metadata = protocolName.map { member.metadata(for: $0) } ?? offered.metadata
      do throws(WireError) {
        return try ConsumerProtocolSubscription(embedded: metadata).topics.contains(topic)
      } catch {
        return true
      }
    }
  }

  // MARK: Describing

  /// The group as DescribeGroups tells of it: what members said and got only while it is stable;
  /// nil for one of another kind.
  package var description: DescribeGroupsResponse.Group? {
    guard kind == .classic else { return nil }
    return DescribeGroupsResponse.Group { answer in
      let isStable = state == .stable
      answer.groupID = groupID
      answer.groupState = state.rawValue
      answer.protocolType = protocolType ?? ""
      answer.protocolData = isStable ? protocolName ?? "" : ""
      answer.members = membersInOrder.map { member in
        DescribeGroupsResponse.Member {
          $0.memberID = member.id
          $0.groupInstanceID = member.instanceID
          $0.clientID = member.clientID
          $0.clientHost = member.clientHost
          $0.memberMetadata = isStable ? member.metadata(for: protocolName) : []
          $0.memberAssignment = isStable ? member.assignment : []
        }
      }
    }
  }

  /// The group as ConsumerGroupDescribe tells of it; nil for a classic one.
  package func consumerDescription(
    _ topics: any TopicCatalog
  ) -> ConsumerGroupDescribeResponse.Group? {
    consumer.map { $0.group.description(topics, assignor: $0.assignor) }
  }

  /// The group as ShareGroupDescribe tells of it; nil for one of another kind.
  package func shareDescription(_ topics: any TopicCatalog) -> ShareGroupDescribeResponse.Group? {
    share?.group.description(topics)
  }

  /// What the group is to those who keep what share groups have been delivered.
  package var shareStatus: ShareGroupStatus {
    guard isShare else { return .otherKind }
    return .share(isEmpty: hasNoMembers, subscribedTopics: share?.group.subscribedTopics ?? [])
  }

  package var kind: GroupKind { isShare ? .share : consumer == nil ? .classic : .consumer }

  /// The group as ListGroups tells of it.
  package var listing: ListGroupsResponse.Group {
    ListGroupsResponse.Group {
      $0.groupID = groupID
      $0.protocolType = kind == .classic ? protocolType ?? "" : kind.rawValue
      $0.groupState = share?.group.state ?? consumer?.group.state ?? state.rawValue
      $0.groupType = kind.rawValue
    }
  }
}
