import KafkaProtocol
import Records

@testable import Coordinators

extension TestGroup {
  /// A group in a world with these topics.
  convenience init(
    topics: TestCatalog, _ change: (inout GroupConfig) -> Void = { _ in }
  ) {
    self.init(change)
    surroundings.topics = topics
  }

  var topics: TestCatalog {
    get { surroundings.topics as? TestCatalog ?? [:] }
    set { surroundings.topics = newValue }
  }

  var consumers: ConsumerGroup { machine.consumer?.group ?? ConsumerGroup(id: "none") }

  /// A heartbeat of the consumer protocol; gives the token of its answer.
  func beat(
    _ id: String, epoch: Int32, names: [String]? = nil, regex: String? = nil,
    owned: PartitionAssignment? = nil, instance: String? = nil, assignor: String? = nil,
    rebalance: Int32 = -1
  ) -> ReplyToken {
    let request = ConsumerGroupHeartbeatRequest {
      $0.groupID = machine.groupID
      $0.memberID = id
      $0.memberEpoch = epoch
      $0.instanceID = instance
      $0.rebalanceTimeoutMilliseconds = rebalance
      $0.subscribedTopicNames = names
      $0.subscribedTopicRegex = regex
      $0.serverAssignor = assignor
      $0.topicPartitions = owned?.sorted.map { topic, partitions in
        TopicIDPartitions {
          $0.topicID = topic
          $0.partitions = partitions
        }
      }
    }
    let client = GroupClient(
      clientID: "c", host: "/h", mustKnowMemberID: false, canSkipAssignment: true)
    return send { .consumerHeartbeat(request, client, $0) }
  }

  /// Joins with the consumer protocol.
  func enter(
    _ id: String, _ names: [String]? = ["t"], regex: String? = nil, instance: String? = nil,
    assignor: String? = nil
  ) -> ConsumerGroupHeartbeatResponse? {
    beaten(
      beat(
        id, epoch: 0, names: names, regex: regex, owned: PartitionAssignment(),
        instance: instance, assignor: assignor, rebalance: 60_000))
  }

  /// Has a member give up and take what it is told until nothing changes for it; gives what it has.
  @discardableResult
  func settle(_ id: String, instance: String? = nil) -> PartitionAssignment {
    for _ in 0..<10 {
      guard let member = consumers.members[id] else { break }
      let answer = beaten(
        beat(id, epoch: member.epoch, owned: member.assigned, instance: instance))
      if answer?.assignment == nil, consumers.members[id]?.epoch == member.epoch { break }
    }
    return consumers.members[id]?.assigned ?? PartitionAssignment()
  }

  /// The numbers of the partitions of a topic that a member has.
  func numbers(_ id: String, _ topic: String = "t") -> [Int32] {
    guard let known = topics.topic(named: topic) else { return [] }
    return (consumers.members[id]?.assigned.byTopic[known.id] ?? []).map(\.rawValue).sorted()
  }

  func partitions(_ numbers: [Int32], of topic: String = "t") -> PartitionAssignment {
    guard let known = topics.topic(named: topic) else { return PartitionAssignment() }
    return PartitionAssignment([(known.id, numbers.map { PartitionID($0) })])
  }
}
