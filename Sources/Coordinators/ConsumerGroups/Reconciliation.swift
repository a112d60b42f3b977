import Records

/// The next step of one member from what it has towards what it shall have (KIP-848): first it
/// gives up what it must, then its epoch goes on and it gets what others have given up.
struct Reconciliation {
  let group: ConsumerGroup
  /// What the member says it has; nil when it did not say.
  let owned: PartitionAssignment?

  /// The member after the step; the same when it cannot go on.
  func next(of member: ConsumerMember) -> ConsumerMember {
    switch member.state {
    case .stable:
      return member.epoch >= group.targetEpoch ? member : step(member)
    case .unrevokedPartitions:
      if stillHas(member.pendingRevocation) { return member }
      return step(member)
    case .unreleasedPartitions, .unknown:
      return step(member)
    }
  }

  private func stillHas(_ partitions: PartitionAssignment) -> Bool {
    guard let owned else { return true }
    return !owned.isDisjoint(with: partitions)
  }

  private func step(_ member: ConsumerMember) -> ConsumerMember {
    let target = group.target(of: member.id)
    var next = member
    next.assigned = member.assigned.intersection(target)
    let revoked = member.assigned.subtracting(target)
    if !revoked.isEmpty, stillHas(revoked) {
      next.state = .unrevokedPartitions
      next.pendingRevocation = revoked
      // Having given up the partitions of one target is progress, even if the next wants more.
      if member.state == .unrevokedPartitions { next.advance(to: member.epoch + 1) }
      return next
    }
    let missing = target.subtracting(next.assigned)
    let free = missing.filter { group.isFree($1, of: $0, for: member.id) }
    next.assigned.formUnion(free)
    next.pendingRevocation = PartitionAssignment()
    next.state = free == missing ? .stable : .unreleasedPartitions
    next.advance(to: group.targetEpoch)
    return next
  }
}

extension ConsumerMember {
  fileprivate mutating func advance(to newEpoch: Int32) {
    guard newEpoch != epoch else { return }
    previousEpoch = epoch
    epoch = newEpoch
  }
}
