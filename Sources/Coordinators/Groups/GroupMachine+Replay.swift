import KafkaProtocol

extension GroupMachine {
  // MARK: Records on their way

  mutating func persisted(_ ticket: PersistTicket) {
    switch inFlight.removeValue(forKey: ticket) {
    case .assignment(let generation, let assignments):
      assignmentPersisted(generation, assignments)
    case .staticMember(let token, let id, let answer):
      staticMemberPersisted(token, id, answer, nil)
    case .commit(let token, let errors, let records):
      for record in records { replay(record) }
      reply(token, .commit(errors))
    case .transactionalCommit(let token, let errors, let records, let producer):
      for record in records { replay(record, inTransactionOf: producer.id) }
      reply(token, .commit(errors))
    case .members: membersPersisted()
    case .removal(let records): removed(records)
    case .deletion(let token, let answer, let records):
      removed(records)
      reply(token, answer)
    case .note, nil: break
    }
    continueInTurn()
  }

  private mutating func removed(_ records: [GroupRecord]) {
    for record in records { replayOffset(record) }
    let isOver = records.last == .metadata(group: groupID, nil)
    // Who has come to a share group meanwhile waits, and finds none.
    if isOver { share = nil }
    if isOver, hasNoMembers, pendingMembers.isEmpty, inFlight.isEmpty, offsets.isEmpty {
      consumer = nil
      transition(to: .dead)
    }
  }

  mutating func failed(_ ticket: PersistTicket, _ code: ErrorCode) {
    switch inFlight.removeValue(forKey: ticket) {
    case .assignment(let generation, _): assignmentFailed(generation, code)
    case .staticMember(let token, let id, let answer):
      staticMemberPersisted(token, id, answer, code)
    case .commit(let token, let errors, _), .transactionalCommit(let token, let errors, _, _):
      reply(token, .commit(errors.map { $0 == .none ? code : $0 }))
    case .deletion(let token, let answer, _): reply(token, answer.refused(code))
    case .members: membersFailed(code)
    case .removal, .note, nil: break
    }
    continueInTurn()
  }

  // MARK: Replay

  /// Takes in a record of the log, at start.
  mutating func replay(_ record: GroupRecord) {
    switch record {
    case .offset: replayOffset(record)
    case .metadata(_, let value): replay(value)
    case .consumer(_, let record): replay(record)
    case .share(_, let record): replay(record)
    }
  }

  /// A classic group is there, or none: it may have become one of the consumer protocol.
  private mutating func replay(_ value: GroupMetadataValue?) {
    if value != nil {
      consumer = nil
      share = nil
    }
    if consumer == nil { replay(classic: value ?? GroupMetadataValue()) }
  }

  private mutating func replay(_ record: ConsumerGroupRecord) {
    if record == .epoch(nil) {
      consumer = nil
    } else if consumer != nil || !record.isTombstone {
      if consumer == nil {
        consumer = ConsumerGroupMachine(id: groupID, config: config, random: random)
      }
      consumer?.group.replay(record)
    }
  }

  private mutating func replay(_ record: ShareGroupRecord) {
    if record == .epoch(nil) {
      share = nil
    } else if share != nil || !record.isTombstone {
      if share == nil { share = ShareGroupMachine(id: groupID, config: config) }
      share?.group.replay(record)
    }
  }

  private mutating func replayOffset(_ record: GroupRecord) {
    guard case .offset(_, let topic, let partition, let committed) = record else { return }
    offsets.replay(topic, partition, committed)
  }

  mutating func replay(classic value: GroupMetadataValue) {
    members = [:]
    staticMembers = [:]
    protocolCounts = [:]
    generationID = value.generation
    protocolType = value.protocolType.isEmpty ? nil : value.protocolType
    protocolName = value.protocolName
    leaderID = value.leader
    stateTimestamp = value.currentStateTimestamp < 0 ? nil : value.currentStateTimestamp
    for entry in value.members {
      var offered = JoinGroupRequest.GroupProtocol()
      offered.name = value.protocolName ?? ""
      offered.metadata = entry.subscription
      var member = GroupMember(
        id: entry.memberID, instanceID: entry.groupInstanceID, clientID: entry.clientID,
        clientHost: entry.clientHost,
        sessionTimeoutMilliseconds: entry.sessionTimeoutMilliseconds,
        rebalanceTimeoutMilliseconds: entry.rebalanceTimeoutMilliseconds, protocols: [offered],
        sequence: nextSequence)
      member.assignment = entry.assignment
      nextSequence += 1
      insert(member)
    }
    if let leader = leaderID, members[leader] == nil { leaderID = nil }
    previousState = .empty
    state = members.isEmpty ? .empty : .stable
    if state == .stable, leaderID == nil { leaderID = membersInOrder.first?.id }
  }

  /// The replay is complete: members have a session's time to be heard of.
  package mutating func resume(at time: EventTime) -> [GroupAction] {
    now = time
    for id in members.keys { touch(id) }
    consumer?.resume(at: time)
    share?.resume(at: time)
    armMembers()
    if members.count > config.maximumSize { prepareRebalance() }
    defer { actions.removeAll() }
    return actions
  }

  /// The group as the log keeps it, with these assignments or those in force.
  func metadataValue(assignments: [String: [UInt8]]? = nil) -> GroupMetadataValue {
    GroupMetadataValue { value in
      value.protocolType = protocolType ?? ""
      value.generation = generationID
      value.protocolName = protocolName
      value.leader = leaderID
      value.currentStateTimestamp = stateTimestamp ?? -1
      value.members = membersInOrder.map { member in
        GroupMetadataValue.Member {
          $0.memberID = member.id
          $0.groupInstanceID = member.instanceID
          $0.clientID = member.clientID
          $0.clientHost = member.clientHost
          $0.rebalanceTimeoutMilliseconds = member.rebalanceTimeoutMilliseconds
          $0.sessionTimeoutMilliseconds = member.sessionTimeoutMilliseconds
          $0.subscription = member.metadata(for: protocolName)
          $0.assignment = assignments.map { $0[member.id] ?? [] } ?? member.assignment
        }
      }
    }
  }
}
