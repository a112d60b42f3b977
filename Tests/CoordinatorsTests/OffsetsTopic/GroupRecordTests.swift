import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct GroupRecordTests {
  private func read(_ key: [UInt8], _ value: [UInt8]?) throws -> GroupRecord? {
    try key.withUnsafeBytes { key in
      try (value ?? []).withUnsafeBytes { bytes in
        try GroupRecord(key: key, value: value == nil ? nil : bytes)
      }
    }
  }

  private func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.filter { !$0.isWhitespace })
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }

  @Test func `offsets are written in Kafka's form`() throws {
    let committed = CommittedOffset(
      offset: Offset(258), leaderEpoch: LeaderEpoch(3), metadata: "m", commitTimestamp: 5)
    let record = GroupRecord.offset(
      group: "g", topic: "t", partition: PartitionID(9), committed)
    let (key, value) = try record.encoded()
    #expect(key == hex("0001 000167 000174 00000009"))
    #expect(value == hex("0003 0000000000000102 00000003 00016d 0000000000000005"))
    #expect(try read(key, value) == record)

    var expiring = committed
    expiring.expireTimestamp = 7
    let (_, old) = try GroupRecord.offset(
      group: "g", topic: "t", partition: PartitionID(9), expiring
    ).encoded()
    #expect(old == hex("0001 0000000000000102 00016d 0000000000000005 0000000000000007"))
  }

  @Test func `groups are written in Kafka's form`() throws {
    let value = GroupMetadataValue {
      $0.protocolType = "consumer"
      $0.generation = 2
      $0.protocolName = "range"
      $0.leader = "m"
      $0.currentStateTimestamp = 5
      $0.members = [
        GroupMetadataValue.Member {
          $0.memberID = "m"
          $0.clientID = "c"
          $0.clientHost = "h"
          $0.rebalanceTimeoutMilliseconds = 6
          $0.sessionTimeoutMilliseconds = 7
          $0.subscription = [8]
          $0.assignment = [9, 10]
        }
      ]
    }
    let record = GroupRecord.metadata(group: "g", value)
    let (key, bytes) = try record.encoded()
    #expect(key == hex("0002 000167"))
    #expect(
      bytes
        == hex(
          """
          0003 0008636f6e73756d6572 00000002 000572616e6765 00016d 0000000000000005 00000001
          00016d ffff 000163 000168 00000006 00000007 00000001 08 00000002 090a
          """))
    #expect(try read(key, bytes) == record)
  }

  @Test func `tombstones have no value`() throws {
    for record in [
      GroupRecord.metadata(group: "g", nil),
      .offset(group: "g", topic: "t", partition: PartitionID(0), nil),
    ] {
      let (key, value) = try record.encoded()
      let again = try read(key, nil)
      #expect(value == nil && again == record)
    }
  }

  @Test(arguments: [
    ("0000 0000000000000102 00016d 0000000000000005", -1),
    ("0002 0000000000000102 00016d 0000000000000005", -1),
    // Flexible, with the topic's id as a tagged field.
    (
      "0004 0000000000000102 00000003 026d 0000000000000005"
        + "01 00 10 00000000000000010000000000000002", 3
    ),
  ])
  func `other versions of offsets are read`(_ text: String, _ epoch: Int32) throws {
    let record = try read(hex("0000 000167 000174 00000009"), hex(text))
    let committed = CommittedOffset(
      offset: Offset(258), leaderEpoch: LeaderEpoch(epoch), metadata: "m", commitTimestamp: 5)
    #expect(
      record == .offset(group: "g", topic: "t", partition: PartitionID(9), committed))
  }

  @Test func `kinds that are not known are passed over`() throws {
    // What Kafka before 4.1 kept of topics, what it keeps of delivery state, and one of tomorrow.
    for kind in ["0004", "000f", "0099"] {
      #expect(try read(hex(kind + "000167"), hex("0000")) == nil)
    }
  }

  static let consumerRecords: [(ConsumerGroupRecord, key: String, value: String)] = [
    (
      .epoch(
        ConsumerGroupMetadataValue {
          $0.epoch = 5
          $0.metadataHash = 7
        }), "0003 000167", "0000 00000005 01 00 08 0000000000000007"
    ),
    (
      .member(
        "m",
        ConsumerGroupMemberMetadataValue {
          $0.instanceID = "i"
          $0.clientID = "c"
          $0.clientHost = "/h"
          $0.subscribedTopicNames = ["t"]
          $0.subscribedTopicRegex = "a.*"
          $0.rebalanceTimeoutMilliseconds = 9
          $0.serverAssignor = "range"
        }), "0005 000167 00016d",
      "0000 0269 00 0263 032f68 02 0274 04612e2a 00000009 0672616e6765 00"
    ),
    (
      .member(
        "m",
        ConsumerGroupMemberMetadataValue { value in
          value.classicMember = ConsumerGroupMemberMetadataValue.ClassicMember { classic in
            classic.sessionTimeoutMilliseconds = 3
            classic.supportedProtocols = [
              ConsumerGroupMemberMetadataValue.ClassicProtocol {
                $0.name = "x"
                $0.metadata = [1, 2]
              }
            ]
          }
        }), "0005 000167 00016d",
      "0000 00 00 01 01 01 00 ffffffff 00 01 00 0d 01 00000003 02 0278 03 0102 00 00"
    ),
    (
      .targetEpoch(ConsumerGroupTargetAssignmentMetadataValue { $0.assignmentEpoch = 6 }),
      "0006 000167", "0000 00000006 00"
    ),
    (
      .target(
        member: "m", ConsumerGroupTargetAssignmentMemberValue { $0.topicPartitions = [places] }),
      "0007 000167 00016d",
      "0000 02 00000000000000010000000000000002 03 00000000 00000003 00 00"
    ),
    (
      .current(
        member: "m",
        ConsumerGroupCurrentMemberAssignmentValue {
          $0.memberEpoch = 4
          $0.previousMemberEpoch = 3
          $0.state = 1
          $0.partitionsPendingRevocation = [places]
        }), "0008 000167 00016d",
      "0000 00000004 00000003 01 01 02 00000000000000010000000000000002 03 00000000 00000003 00"
        + "00"
    ),
    (
      .expression(
        "a.*",
        ConsumerGroupRegularExpressionValue {
          $0.topics = ["ab"]
          $0.version = 1
          $0.timestamp = 2
        }), "0010 000167 0003612e2a",
      "0000 02 036162 0000000000000001 0000000000000002 00"
    ),
    (.epoch(nil), "0003 000167", ""), (.member("m", nil), "0005 000167 00016d", ""),
  ]

  private static let places = TopicIDPartitions {
    $0.topicID = TopicID(high: 1, low: 2)
    $0.partitions = [PartitionID(0), PartitionID(3)]
  }

  @Test(arguments: consumerRecords.indices)
  func `groups of the consumer protocol are written in Kafka's form`(_ index: Int) throws {
    let (record, key, value) = Self.consumerRecords[index]
    let whole = GroupRecord.consumer(group: "g", record)
    let written = try whole.encoded()
    #expect(written.key == hex(key))
    #expect(written.value == (value.isEmpty ? nil : hex(value)))
    #expect(try read(written.key, written.value) == whole)
    #expect(record.isTombstone == value.isEmpty)
  }

  static let shareRecords: [(ShareGroupRecord, key: String, value: String)] = [
    (
      .member(
        "m",
        ShareGroupMemberMetadataValue {
          $0.rackID = "r"
          $0.clientID = "c"
          $0.clientHost = "/h"
          $0.subscribedTopicNames = ["t"]
        }), "000a 000167 00016d", "0000 0272 0263 032f68 02 0274 00"
    ),
    (
      .epoch(
        ShareGroupMetadataValue {
          $0.epoch = 5
          $0.metadataHash = 7
        }), "000b 000167", "0000 00000005 0000000000000007 00"
    ),
    (
      .targetEpoch(ConsumerGroupTargetAssignmentMetadataValue { $0.assignmentEpoch = 6 }),
      "000c 000167", "0000 00000006 00"
    ),
    (
      .target(
        member: "m", ConsumerGroupTargetAssignmentMemberValue { $0.topicPartitions = [places] }),
      "000d 000167 00016d",
      "0000 02 00000000000000010000000000000002 03 00000000 00000003 00 00"
    ),
    (
      .current(
        member: "m",
        ShareGroupCurrentMemberAssignmentValue {
          $0.memberEpoch = 4
          $0.previousMemberEpoch = 3
          $0.assignedPartitions = [places]
        }), "000e 000167 00016d",
      "0000 00000004 00000003 00 02 00000000000000010000000000000002 03 00000000 00000003 00 00"
    ),
    (.epoch(nil), "000b 000167", ""), (.member("m", nil), "000a 000167 00016d", ""),
    (.targetEpoch(nil), "000c 000167", ""), (.target(member: "m", nil), "000d 000167 00016d", ""),
    (.current(member: "m", nil), "000e 000167 00016d", ""),
  ]

  @Test(arguments: shareRecords.indices)
  func `share groups are written in Kafka's form`(_ index: Int) throws {
    let (record, key, value) = Self.shareRecords[index]
    let whole = GroupRecord.share(group: "g", record)
    let written = try whole.encoded()
    #expect(written.key == hex(key))
    #expect(written.value == (value.isEmpty ? nil : hex(value)))
    #expect(try read(written.key, written.value) == whole)
    #expect(record.isTombstone == value.isEmpty)
  }

  @Test func `damaged records are refused at every length`() throws {
    let (key, value) = try GroupRecord.offset(
      group: "group", topic: "topic", partition: PartitionID(9),
      CommittedOffset(offset: Offset(1), commitTimestamp: 5)
    ).encoded()
    let whole = try #require(value)
    for end in 0..<key.count {
      #expect(throws: WireError.self) { try read(Array(key[..<end]), whole) }
    }
    for end in 0..<whole.count {
      #expect(throws: WireError.self) { try read(key, Array(whole[..<end])) }
    }
  }
}
