import KafkaProtocol
import Records
import Testing

@testable import Broker

struct DescribeTopicPartitionsTests {
  private let broker: RunningBroker

  init() throws {
    broker = try RunningBroker()
    _ = try broker.ask(
      CreateTopicsRequest {
        $0.topics = [("a", Int32(3)), ("b", 2), ("c", 1)].map { name, count in
          CreateTopicsRequest.Topic {
            $0.name = name
            $0.numPartitions = count
            $0.replicationFactor = 1
          }
        }
      })
  }

  private func ask(
    _ names: [String], limit: Int32 = 2000, from cursor: (String, Int32)? = nil
  ) throws -> DescribeTopicPartitionsResponse {
    try broker.ask(
      DescribeTopicPartitionsRequest {
        $0.topics = names.map { name in DescribeTopicPartitionsRequest.Topic { $0.name = name } }
        $0.responsePartitionLimit = limit
        $0.cursor = cursor.map { name, partition in
          DescribeTopicPartitionsRequest.Cursor {
            $0.topicName = name
            $0.partitionIndex = PartitionID(partition)
          }
        }
      })
  }

  @Test(arguments: 1...7)
  func `pages of any size show each partition once, in order`(limit: Int32) throws {
    var seen: [String] = []
    var cursor: (String, Int32)?
    repeat {
      let page = try ask([], limit: limit, from: cursor)
      let found = page.topics.flatMap { topic in
        topic.partitions.map { "\(topic.name ?? "")-\($0.partitionIndex)" }
      }
      #expect(found.count <= Int(limit))
      #expect(!found.isEmpty)
      seen += found
      cursor = page.nextCursor.map { ($0.topicName, $0.partitionIndex.rawValue) }
    } while cursor != nil
    #expect(seen == ["a-0", "a-1", "a-2", "b-0", "b-1", "c-0"])
  }

  @Test func `nothing that the Java client dereferences is null`() throws {
    let topic = try #require(try ask(["b"]).topics.first)
    #expect(topic.topicID != .zero)
    for partition in topic.partitions {
      #expect(partition.eligibleLeaderReplicas == [])
      #expect(partition.lastKnownElr == [])
      #expect(partition.replicaNodes == [1])
    }
  }

  @Test func `what is not there, or no page, says so`() throws {
    let missing = try ask(["c", "absent", "no/name"])
    #expect(
      missing.topics.map(\.errorCode) == [.unknownTopicOrPartition, .none, .invalidTopicException])
    #expect(try ask(["c"], limit: 0).topics.map(\.errorCode) == [.invalidRequest])
    #expect(try ask(["c"], from: ("c", -1)).topics.map(\.errorCode) == [.invalidRequest])
    #expect(try ask(["a"], from: ("b", 0)).topics.isEmpty)
  }
}
