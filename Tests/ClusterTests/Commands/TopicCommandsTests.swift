import KafkaProtocol
import Platform
import Records
import Testing

@testable import Cluster

struct TopicCommandsTests {
  private let id = TopicID(high: 1, low: 2)

  private func commands(_ text: String = "") throws -> TopicCommands {
    let config = try BrokerConfig(file: PropertiesFile(path: "p", text: text))
    return TopicCommands(broker: config.values, nodeID: 1)
  }

  private func image(_ request: TopicRequest) throws -> ClusterImage {
    var image = ClusterImage()
    for record in try commands().create(request, id: id, in: image) { image.replay(record) }
    return image
  }

  private func code(_ body: () throws -> Void) -> ErrorCode? {
    do { try body() } catch let refusal as Refusal { return refusal.code } catch {
      Issue.record("\(error)")
    }
    return nil
  }

  @Test(
    arguments: [
      ("", 1, nil), ("", 3, nil), ("", 4, .invalidReplicationFactor),
      ("", 0, .invalidReplicationFactor), ("", -2, .invalidReplicationFactor), ("", -1, nil),
      ("varve.single.node.replication=refuse", 1, nil),
      ("varve.single.node.replication=refuse", 2, .invalidReplicationFactor),
      (
        "varve.single.node.replication=refuse\ndefault.replication.factor=3", -1,
        .invalidReplicationFactor
      ),
    ] as [(String, Int16, ErrorCode?)])
  func `replication factors up to MSK's are taken, unless refused`(
    config: String, factor: Int16, expected: ErrorCode?
  ) throws {
    let commands = try commands(config)
    let request = TopicRequest(name: "t", partitionCount: 1, replicationFactor: factor)
    #expect(code { _ = try commands.create(request, id: id, in: ClusterImage()) } == expected)
  }

  @Test func `the broker's own topics are made in spite of the default factor`() throws {
    let commands = try commands(
      "varve.single.node.replication=refuse\ndefault.replication.factor=3")
    let request = TopicRequest(name: "__consumer_offsets", partitionCount: 1)
    #expect(code { _ = try commands.create(request, id: id, in: ClusterImage()) } == nil)
  }

  @Test func `values are taken as Kafka takes them, and kept without blanks`() throws {
    let made = try image(
      TopicRequest(
        name: "t",
        configs: [
          ("preallocate", "True"), ("retention.ms", " 5 "),
          ("message.timestamp.type", "CreateTime "),
        ]))
    #expect(
      made.topic(named: "t")?.configs == [
        "preallocate": "true", "retention.ms": "5", "message.timestamp.type": "CreateTime",
      ])
    let changes = ["preallocate": "FALSE", "retention.ms": nil]
    let changed = try commands().alter("t", changes, in: made)
    var after = made
    for record in changed { after.replay(record) }
    #expect(after.topic(named: "t")?.configs["preallocate"] == "false")
    #expect(after.topic(named: "t")?.configs["retention.ms"] == nil)
    for value in ["yes", "", "tru e"] {
      let wish = ["preallocate": value]
      #expect(code { _ = try commands().alter("t", wish, in: made) } == .invalidConfig)
    }
    #expect(topicConfigProblem("segment.bytes", "2147483648")?.contains("at most") == true)
  }

  @Test func `what asks for replicas in any way is warned of`() throws {
    let commands = try commands()
    #expect(!commands.wantsReplicas(TopicRequest(name: "t")))
    #expect(commands.wantsReplicas(TopicRequest(name: "t", replicationFactor: 2)))
    let insync = TopicRequest(name: "t", configs: [("min.insync.replicas", "2")])
    #expect(commands.wantsReplicas(insync))
    let byDefault = try self.commands("default.replication.factor=3")
    #expect(byDefault.wantsReplicas(TopicRequest(name: "t")))
  }

  @Test(
    arguments: [
      ([0: [1], 1: [1]], ErrorCode?.none), ([0: [1], 2: [1]], .invalidReplicaAssignment),
      ([0: [1, 2]], .invalidReplicaAssignment), ([0: [2]], .invalidReplicaAssignment),
      ([0: []], .invalidReplicaAssignment), ([0: [1, 1]], .invalidReplicaAssignment),
    ] as [([Int32: [Int32]], ErrorCode?)])
  func `a client may place partitions where they can be`(
    assignments: [Int32: [Int32]], expected: ErrorCode?
  ) throws {
    let request = TopicRequest(
      name: "t", assignments: assignments.map { (partition: $0.key, brokers: $0.value) })
    let commands = try commands()
    #expect(code { _ = try commands.create(request, id: id, in: ClusterImage()) } == expected)
  }

  @Test(
    arguments: [
      (4, nil, nil), (4, [[1], [1]], nil), (4, [[1]], .invalidReplicaAssignment),
      (4, [[1], [2]], .invalidReplicaAssignment), (2, nil, .invalidPartitions),
      (1, nil, .invalidPartitions), (10_001, nil, .invalidPartitions),
    ] as [(Int32, [[Int32]]?, ErrorCode?)])
  func `partitions are added with or without a place`(
    count: Int32, assignments: [[Int32]]?, expected: ErrorCode?
  ) throws {
    let image = try image(TopicRequest(name: "t", partitionCount: 2))
    let commands = try commands()
    let found = code {
      let records = try commands.addPartitions(
        to: "t", count: count, assignments: assignments, in: image)
      #expect(records.count == 2)
    }
    #expect(found == expected)
  }
}
