import KafkaProtocol
import Platform
import Records

@testable import Coordinators

/// A partition of `__consumer_offsets` with transactions: a shard and what its log holds.
final class TestOffsetsLog {
  enum Entry {
    case record(GroupRecord, producerID: Int64?)
    case end(producerID: Int64, commits: Bool)
  }

  private(set) var shard: GroupShard
  private(set) var log: [Entry] = []
  private var replies: [ReplyToken: GroupReply] = [:]
  private var nextToken: UInt64 = 0
  var time = EventTime(monotonicMilliseconds: 1000, wallMilliseconds: 1_700_000_000_000)

  init(_ config: GroupConfig = GroupConfig()) {
    shard = GroupShard(config: config, random: SeededRandom(seed: 1))
  }

  /// Commits one offset, in a producer's transaction or in none; gives the error.
  func commit(
    _ offset: Int64, partition: Int32 = 0, producerID: Int64? = nil, generation: Int32 = -1,
    member: String = "", topic: String = "t"
  ) -> ErrorCode? {
    let commit = OffsetCommit(
      generationID: generation, memberID: member,
      partitions: [.init(topic: topic, partition: PartitionID(partition), offset: Offset(offset))])
    let reply = send { token in
      guard let producerID else { return .commit(commit, token) }
      return .commitInTransaction(commit, ProducerIdentity(id: producerID, epoch: 0), token)
    }
    if case .commit(let codes)? = reply { return codes[0] }
    return nil
  }

  @discardableResult
  func send(_ event: (ReplyToken) -> GroupEvent) -> GroupReply? {
    let token = ReplyToken(nextToken)
    nextToken += 1
    perform(shard.handle(event(token), group: "g", at: time))
    return replies[token]
  }

  private func perform(_ actions: [GroupAction]) {
    for action in actions {
      switch action {
      case .reply(let token, let reply): replies[token] = reply
      case .persist(let ticket, let records): persist(ticket, records, nil)
      case .persistInTransaction(let ticket, let records, let producer):
        persist(ticket, records, producer.id)
      case .wake: break
      }
    }
  }

  private func persist(_ ticket: PersistTicket, _ records: [GroupRecord], _ producerID: Int64?) {
    log += records.map { .record($0, producerID: producerID) }
    perform(shard.handle(.persisted(ticket), group: "g", at: time))
  }

  func end(_ producerID: Int64, commits: Bool) {
    log.append(.end(producerID: producerID, commits: commits))
    shard.endTransaction(ofProducer: producerID, commits: commits)
  }

  /// What a restart makes of the log.
  func reloaded() -> GroupShard {
    var next = GroupShard(config: shard.config, random: SeededRandom(seed: 2))
    for entry in log {
      switch entry {
      case .record(let record, let producerID?):
        next.replay(record, inTransactionOf: producerID)
      case .record(let record, nil): next.replay(record)
      case .end(let producerID, let commits):
        next.endTransaction(ofProducer: producerID, commits: commits)
      }
    }
    _ = next.finishReplay(at: time)
    return next
  }

  func offset(_ partition: Int32 = 0) -> Int64? {
    shard.offsets(of: "g")["t", PartitionID(partition)]?.offset.rawValue
  }

  func isPending(_ partition: Int32 = 0) -> Bool {
    let key = OffsetKey(topic: "t", partition: PartitionID(partition))
    return shard.offsets(of: "g").pending.contains(key)
  }
}
