import KafkaProtocol
import Records

extension GroupMachine {
  /// Takes offsets that count when the producer's transaction commits (KIP-98, KIP-447).
  mutating func commit(
    _ commit: OffsetCommit, inTransactionOf producer: ProducerIdentity, _ token: ReplyToken
  ) {
    if let problem = problem(withTransactional: commit) {
      return reply(token, .commit(commit.partitions.map { _ in problem }))
    }
    let (errors, records) = offsetRecords(of: commit)
    guard !records.isEmpty else { return reply(token, .commit(errors)) }
    persist(records, in: producer, then: .transactionalCommit(token, errors, records, producer))
  }

  /// Old clients name no member, whatever the group's state is; a rebalance does not matter, since
  /// the producer has read what it commits.
  private func problem(withTransactional commit: OffsetCommit) -> ErrorCode? {
    if state == .dead { return .coordinatorNotAvailable }
    if isShare { return .groupIDNotFound }
    if commit.generationID < 0, commit.memberID.isEmpty, commit.groupInstanceID == nil {
      return nil
    }
    if let consumer {
      var known = commit
      known.knowsMemberEpochs = true
      let problem = consumer.group.commitProblem(known)
      // Producers know of generations only.
      return problem == .staleMemberEpoch ? .illegalGeneration : problem
    }
    if commit.generationID < 0, state == .empty { return nil }
    if let problem = identityProblem(commit.memberID, commit.groupInstanceID) { return problem }
    return commit.generationID == generationID ? nil : .illegalGeneration
  }

  // MARK: Replay

  /// Takes in an offset that waits for the end of its transaction.
  mutating func replay(_ record: GroupRecord, inTransactionOf producerID: Int64) {
    guard case .offset(_, let topic, let partition, let committed?) = record else { return }
    offsets.pending.add(
      committed, of: OffsetKey(topic: topic, partition: partition), producerID: producerID)
  }

  /// The producer's transaction has ended: its offsets take force or are dropped.
  mutating func endTransaction(ofProducer producerID: Int64, commits: Bool) {
    for (key, committed) in offsets.pending.take(ofProducer: producerID, commits: commits) {
      offsets.settle(key.topic, key.partition, committed)
    }
  }
}
