import KafkaProtocol
import Records
import Testing

@testable import Broker

/// What clients are told while the group they ask for is not there yet, as after every restart.
struct GroupRefusalTests {
  @Test func `heartbeats are fine while the group loads, and refused otherwise`() {
    #expect(HeartbeatHandler.refusal(.coordinatorLoadInProgress) == .none)
    #expect(HeartbeatHandler.refusal(.notCoordinator) == .notCoordinator)
    #expect(HeartbeatHandler.refusal(.coordinatorNotAvailable) == .coordinatorNotAvailable)
  }

  @Test func `no partition looks as if nothing were committed while the group loads`() {
    let asked = OffsetFetchRequest.Group { group in
      group.groupID = "g"
      group.topics = [
        OffsetFetchRequest.GroupTopic {
          $0.name = "t"
          $0.topicID = TopicID(high: 1, low: 2)
          $0.partitionIndexes = [PartitionID(0), PartitionID(3)]
        }
      ]
    }
    let answer = OffsetFetchHandler.refused(asked, .coordinatorLoadInProgress)
    #expect(answer.errorCode == .coordinatorLoadInProgress)
    #expect(answer.topics.map(\.name) == ["t"])
    #expect(answer.topics.map(\.topicID) == [TopicID(high: 1, low: 2)])
    let partitions = answer.topics[0].partitions
    #expect(partitions.map(\.partitionIndex) == [PartitionID(0), PartitionID(3)])
    #expect(partitions.allSatisfy { $0.errorCode == .coordinatorLoadInProgress })
  }
}
