import Records

extension GroupShard {
  /// Takes in a record of a transactional batch, in the log's order.
  package mutating func replay(_ record: GroupRecord, inTransactionOf producerID: Int64) {
    changeGroup(record.groupID, makes: true) { $0.replay(record, inTransactionOf: producerID) }
    note(producerID, in: record.groupID)
  }

  /// Takes in a marker of the log, in its order: offsets of the transaction take force, or go.
  package mutating func endTransaction(ofProducer producerID: Int64, commits: Bool) {
    for group in groupsInTransactions.removeValue(forKey: producerID) ?? [] {
      changeGroup(group, makes: false) {
        $0.endTransaction(ofProducer: producerID, commits: commits)
      }
    }
  }

  /// The producer's transaction may have offsets of this group.
  mutating func note(_ producerID: Int64, in group: String) {
    groupsInTransactions[producerID, default: []].insert(group)
  }
}
