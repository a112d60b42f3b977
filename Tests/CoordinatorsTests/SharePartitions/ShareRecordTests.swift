import KafkaProtocol
import Platform
import Records
import Testing

@testable import Coordinators

struct ShareRecordTests {
  private static let key = SharePartitionKey(
    group: "gr", topicID: TopicID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10),
    partition: PartitionID(7))

  private static let keyBytes: [UInt8] =
    [0, 2] + Array("gr".utf8) + (1...16).map { UInt8($0) } + [0, 0, 0, 7]

  private static func batch(_ first: Int64, _ last: Int64, _ state: Int8) -> ShareStateBatch {
    ShareStateBatch {
      $0.firstOffset = Offset(first)
      $0.lastOffset = Offset(last)
      $0.deliveryState = state
      $0.deliveryCount = 3
    }
  }

  private static func decode(_ key: [UInt8], _ value: [UInt8]?) throws -> ShareRecord? {
    try key.withUnsafeBytes { key in
      try value?.withUnsafeBytes { try ShareRecord(key: key, value: $0) }
        ?? ShareRecord(key: key, value: nil)
    }
  }

  @Test func `snapshots have Kafka's bytes`() throws {
    let record = ShareRecord(
      key: Self.key,
      content: .snapshot(
        ShareSnapshotValue {
          $0.snapshotEpoch = 1
          $0.stateEpoch = 2
          $0.leaderEpoch = LeaderEpoch(3)
          $0.startOffset = Offset(4)
          $0.createTimestamp = 5
          $0.writeTimestamp = 6
          $0.stateBatches = [Self.batch(4, 9, 2)]
          $0.deliveryCompleteCount = 6
        }))
    let (key, value) = try record.encoded()
    #expect(key == [0, 0] + Self.keyBytes)
    var expected: [UInt8] = [0, 0]
    expected += [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
    for number in [4, 5, 6] as [UInt8] { expected += [0, 0, 0, 0, 0, 0, 0, number] }
    // One batch, compact, without tagged fields; then one tagged field, 0.
    expected += [2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 2, 0, 3, 0]
    expected += [1, 0, 4, 0, 0, 0, 6]
    #expect(value == expected)
    #expect(try Self.decode(key, value) == record)
    let deletion = ShareRecord(key: Self.key, content: .deletion)
    #expect(try deletion.encoded().key == key)
    #expect(try deletion.encoded().value == nil)
    #expect(try Self.decode(key, nil) == deletion)
  }

  @Test func `updates have Kafka's bytes`() throws {
    let record = ShareRecord(
      key: Self.key,
      content: .update(
        ShareUpdateValue {
          $0.snapshotEpoch = 1
          $0.leaderEpoch = LeaderEpoch(2)
          $0.startOffset = Offset(-1)
          $0.stateBatches = [Self.batch(4, 9, 0), Self.batch(10, 10, 4)]
        }))
    let (key, value) = try record.encoded()
    #expect(key == [0, 1] + Self.keyBytes)
    var expected: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 2] + Array(repeating: 255, count: 8)
    expected += [3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 3, 0]
    expected += [0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 10, 4, 0, 3, 0, 0]
    #expect(value == expected)
    #expect(try Self.decode(key, value) == record)
    #expect(try Self.decode(key, nil) == nil)
  }

  @Test func `kinds that are not known are passed over, and cut records refused`() throws {
    #expect(try Self.decode([0, 9] + Self.keyBytes, [0, 0]) == nil)
    #expect(throws: WireError.self) { try Self.decode([0], nil) }
    #expect(throws: WireError.self) { try Self.decode([0, 0, 0], nil) }
    #expect(throws: WireError.self) { try Self.decode([0, 0] + Self.keyBytes, [0, 0, 1]) }
  }

  /// The hash is of `gr:AQIDBAUGBwgJCgsMDQ4PEA:7`.
  @Test func `a share-partition's place is the hash of its Kafka key`() {
    #expect(Self.key.description == "gr:AQIDBAUGBwgJCgsMDQ4PEA:7")
    var hash: Int32 = 0
    for byte in Self.key.description.utf8 { hash = hash &* 31 &+ Int32(byte) }
    #expect(
      ShareStateTopic.partition(of: Self.key, partitionCount: 50)
        == PartitionID(Int32(hash.magnitude % 50)))
  }
}
