import Records

/// All share-partitions of one partition of `__share_group_state`: a pure value, rebuilt by
/// replaying that partition.
package struct SharePartitionShard: Sendable {
  package let config: ShareConfig
  package private(set) var machines: [SharePartitionKey: SharePartitionMachine] = [:]

  package init(config: ShareConfig) { self.config = config }

  /// Takes in a record of the log, in its order.
  package mutating func replay(_ record: ShareRecord) {
    var machine = machines.removeValue(forKey: record.key) ?? made(record.key)
    machine.replay(record.content)
    if !machine.isDisposable { machines[record.key] = machine }
  }

  /// Hands an event to a share-partition, which is made for it; forgets one that has nothing to
  /// lose.
  package mutating func handle(
    _ event: SharePartitionEvent, of key: SharePartitionKey, at time: EventTime
  ) -> [SharePartitionAction] {
    var machine = machines.removeValue(forKey: key) ?? made(key)
    let actions = machine.handle(event, at: time)
    if !machine.isDisposable { machines[key] = machine }
    return actions
  }

  /// Lets a member acquire records; see `SharePartitionMachine.acquire`.
  package mutating func acquire(
    _ wanted: ShareAcquisition, of reading: ShareReading, from key: SharePartitionKey,
    at now: Int64
  ) -> [AcquiredRange] {
    machines[key]?.acquire(wanted, of: reading, at: now) ?? []
  }

  /// Notes the leader epoch that records name from now on.
  package mutating func noteLeaderEpoch(_ epoch: LeaderEpoch, of key: SharePartitionKey) {
    machines[key]?.leaderEpoch = epoch
  }

  /// The share-partitions of a group.
  package func keys(ofGroup group: String) -> [SharePartitionKey] {
    machines.keys.filter { $0.group == group }
  }

  private func made(_ key: SharePartitionKey) -> SharePartitionMachine {
    SharePartitionMachine(key: key, config: config)
  }
}
