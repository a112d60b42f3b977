import KafkaProtocol
import Records

// What members of the classic protocol send after they have joined.
extension ConsumerGroupMachine {
  // MARK: SyncGroup

  mutating func sync(_ request: SyncGroupRequest) -> SyncGroupResponse {
    do throws(GroupRefusal) {
      let member = try findClassic(
        request.memberID, request.groupInstanceID, generation: request.generationID)
      try checkProtocol(of: member, request)
      if member.epoch < group.epoch, member.state != .unrevokedPartitions {
        askToJoin(member)
        throw GroupRefusal(.rebalanceInProgress, "A new epoch has begun.")
      }
      touch(member.id)
      deadlines[member.id]?.sync = nil
      return SyncGroupResponse {
        $0.protocolType = "consumer"
        $0.protocolName = member.classic?.supportedProtocols.first?.name
        $0.assignment = embeddedAssignment(of: member)
      }
    } catch {
      return SyncGroupResponse { $0.errorCode = error.code }
    }
  }

  private func checkProtocol(
    of member: ConsumerMember, _ request: SyncGroupRequest
  ) throws(GroupRefusal) {
    let name = member.classic?.supportedProtocols.first?.name
    guard request.protocolType ?? "consumer" == "consumer", request.protocolName ?? name == name
    else {
      throw GroupRefusal(.inconsistentGroupProtocol, "The member joined with another protocol.")
    }
  }

  /// What the member has, in the form and version that its assignor would use.
  func embeddedAssignment(of member: ConsumerMember) -> [UInt8] {
    let assignment = ConsumerProtocolAssignment { assignment in
      assignment.assignedPartitions = member.assigned.sorted.compactMap { id, partitions in
        surroundings.topics.topic(id).map { topic in
          ConsumerProtocolAssignment.Topic {
            $0.topic = topic.name
            $0.partitions = partitions
          }
        }
      }
    }
    let metadata = member.classic?.supportedProtocols.first?.metadata ?? []
    let version = metadata.count < 2 ? 0 : Int16(metadata[0]) << 8 | Int16(metadata[1])
    // Names of topics are short: there is nothing that cannot be written.
    return (try? assignment.embedded(version: min(max(version, 0), 3))) ?? []
  }

  // MARK: Heartbeat

  /// Answers a Heartbeat; REBALANCE_IN_PROGRESS makes the member join again, which is how it gives
  /// up partitions and gets others.
  mutating func heartbeat(_ request: HeartbeatRequest) -> ErrorCode {
    do throws(GroupRefusal) {
      let member = try findClassic(
        request.memberID, request.groupInstanceID, generation: request.generationID)
      refresh(subscriptionsChanged: false)
      touch(member.id)
      let hasNews =
        member.epoch < group.epoch || member.state == .unrevokedPartitions
        || (member.state == .unreleasedPartitions && canGoOn(member))
      guard hasNews else { return .none }
      askToJoin(member)
      return .rebalanceInProgress
    } catch {
      return error.code
    }
  }

  /// Whether any partition that the member waits for has become free.
  private func canGoOn(_ member: ConsumerMember) -> Bool {
    Reconciliation(group: group, owned: nil).next(of: member) != member
  }

  /// The member must join again in time.
  private mutating func askToJoin(_ member: ConsumerMember) {
    touch(member.id)
    let deadline = deadlines[member.id]?.join ?? rebalanceDeadline(of: member)
    deadlines[member.id]?.join = deadline
  }

  // MARK: LeaveGroup

  mutating func leave(_ leaving: [LeaveGroupRequest.Member]) -> [LeaveGroupResponse.Member] {
    var gone: [String] = []
    let outcomes = leaving.map { wish in
      LeaveGroupResponse.Member { outcome in
        outcome.memberID = wish.memberID
        outcome.groupInstanceID = wish.groupInstanceID
        do throws(GroupRefusal) {
          let member = try findLeaving(wish)
          guard !gone.contains(member.id) else { throw .unknown(member.id) }
          gone.append(member.id)
        } catch {
          outcome.errorCode = error.code
        }
      }
    }
    remove(gone)
    return outcomes
  }

  private func findLeaving(
    _ wish: LeaveGroupRequest.Member
  ) throws(GroupRefusal) -> ConsumerMember {
    // An administrator removes a static member by its name alone, whatever it speaks.
    guard wish.memberID.isEmpty, let instanceID = wish.groupInstanceID else {
      return try findClassic(wish.memberID, wish.groupInstanceID, generation: nil)
    }
    guard let holder = group.instances[instanceID].flatMap({ group.members[$0] }) else {
      throw .unknownInstance(instanceID)
    }
    return holder
  }

  // MARK: Who it is

  private func findClassic(
    _ memberID: String, _ instanceID: String?, generation: Int32?
  ) throws(GroupRefusal) -> ConsumerMember {
    if let instanceID {
      guard let holder = group.instances[instanceID] else { throw .unknownInstance(instanceID) }
      guard holder == memberID else { throw .fenced(instanceID) }
    }
    guard let member = group.members[memberID], member.classic != nil else {
      throw .unknown(memberID)
    }
    if let generation, generation != member.epoch {
      throw GroupRefusal(.illegalGeneration, "The member's epoch is \(member.epoch).")
    }
    return member
  }
}
