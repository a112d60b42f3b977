import KafkaProtocol
import Records
import Testing

@testable import Coordinators

struct TransactionRecordTests {
  private static func record(_ state: TransactionState) -> TransactionRecord {
    var metadata = TransactionMetadata(
      producerID: 7, producerEpoch: 3, timeoutMilliseconds: 60_000, state: state,
      lastUpdateTimestamp: 1_700_000_000_001)
    metadata.previousProducerID = 6
    metadata.nextProducerID = state.isPrepared ? 8 : -1
    metadata.startTimestamp = 1_700_000_000_000
    metadata.clientVersion = 2
    if state != .empty {
      metadata.partitions = [
        TransactionPartition(topic: "b", partition: PartitionID(1)),
        TransactionPartition(topic: "a", partition: PartitionID(2)),
        TransactionPartition(topic: "a", partition: PartitionID(0)),
      ]
    }
    return TransactionRecord(transactionalID: "tx", metadata: metadata)
  }

  private static func decode(_ key: [UInt8], _ value: [UInt8]?) throws -> TransactionRecord? {
    try key.withUnsafeBytes { key in
      try value?.withUnsafeBytes { try TransactionRecord(key: key, value: $0) }
        ?? TransactionRecord(key: key, value: nil)
    }
  }

  @Test(arguments: TransactionState.allCases)
  func `what is written is read back`(_ state: TransactionState) throws {
    let record = Self.record(state)
    let (key, value) = try record.encoded()
    #expect(try Self.decode(key, value) == record)
    #expect(try Self.decode(key, nil)?.metadata == nil)
  }

  @Test func `records have Kafka's bytes`() throws {
    var record = Self.record(.ongoing)
    record.metadata?.previousProducerID = -1
    let (key, value) = try record.encoded()
    #expect(key == [0, 0, 0, 2] + Array("tx".utf8))
    let expected: [UInt8] =
      [0, 1] + [0, 0, 0, 0, 0, 0, 0, 7] + [0, 3] + [0, 0, 0xea, 0x60] + [1]
      // Two topics, compact: a with 0 and 2, b with 1; no tagged fields.
      + [3, 2, 0x61, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0] + [2, 0x62, 2, 0, 0, 0, 1, 0]
      + [0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 1] + [0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0]
      // One tagged field: 2, the client's version.
      + [1, 2, 2, 0, 2]
    #expect(value == expected)
  }

  @Test func `records of older brokers are read`() throws {
    let metadata = Self.record(.empty).metadata!
    let value = try TransactionLogValue(metadata).embedded(version: 0)
    let key = try Self.record(.empty).encoded().key
    let read = try Self.decode(key, value)?.metadata
    #expect(read?.producerID == 7 && read?.state == .empty && read?.clientVersion == 0)
    #expect(read?.previousProducerID == -1)
  }

  @Test func `kinds that are not known are passed over, states are not`() throws {
    let (key, value) = try Self.record(.empty).encoded()
    #expect(try Self.decode([0, 9] + key.dropFirst(2), value) == nil)
    var damaged = try #require(value)
    damaged[16] = 99
    #expect(throws: WireError.self) { try Self.decode(key, damaged) }
  }
}
