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

  @Test func `the kinds of newer group protocols are passed over`() throws {
    #expect(try read(hex("0003 000167"), hex("0000")) == nil)
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
