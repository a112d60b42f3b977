import Platform
import Records
import Testing

@testable import Lake

struct TableMetadataTests {
  static func sample() -> TableMetadata {
    TableMetadata(
      tableUUID: "0b6e1c2a-0000-4000-8000-000000000001", location: "file:///lake/kafka/t-1",
      nowMilliseconds: 1_700_000_000_000, schema: .raw, spec: ManifestTests.byPartition,
      sortOrder: .byOffset, properties: ["gc.enabled": "false"])
  }

  static func decode(_ json: [UInt8]) throws(LakeError) -> TableMetadata {
    let block = ByteBlock(json)
    let metadata = try TableMetadata(json: block.bytes, file: "v1.metadata.json")
    withExtendedLifetime(block) {}
    return metadata
  }

  private func decode(_ json: String) throws(LakeError) -> TableMetadata {
    try Self.decode(Array(json.utf8))
  }

  @Test func `a new table's metadata is what the specification asks for`() throws {
    let text = String(decoding: try Self.sample().json(), as: UTF8.self)
    let expected =
      #"{"current-schema-id":0,"default-sort-order-id":1,"default-spec-id":0,"#
      + #""format-version":2,"last-column-id":13,"last-partition-id":1000,"#
      + #""last-sequence-number":0,"last-updated-ms":1700000000000,"#
      + #""location":"file:///lake/kafka/t-1","metadata-log":[],"#
      + #""partition-specs":[{"fields":[{"field-id":1000,"name":"kafka_partition","#
      + #""source-id":1,"transform":"identity"}],"spec-id":0}],"#
      + #""properties":{"gc.enabled":"false"},"refs":{},"#
      + #""schemas":[{"fields":["#
      + #"{"id":1,"name":"kafka_partition","required":true,"type":"int"},"#
      + #"{"id":2,"name":"kafka_offset","required":true,"type":"long"},"#
      + #"{"id":3,"name":"kafka_timestamp","required":true,"type":"timestamptz"},"#
      + #"{"doc":"0 = set by the producer, 1 = set by the broker","#
      + #""id":4,"name":"kafka_timestamp_type","required":true,"type":"int"},"#
      + #"{"id":5,"name":"kafka_leader_epoch","required":true,"type":"int"},"#
      + #"{"doc":"the exact timestamp, where kafka_timestamp had to be limited","#
      + #""id":12,"name":"kafka_timestamp_ms","required":false,"type":"long"},"#
      + #"{"id":6,"name":"kafka_headers","required":true,"type":{"element":{"fields":["#
      + #"{"id":10,"name":"key","required":true,"type":"string"},"#
      + #"{"id":11,"name":"value","required":false,"type":"binary"},"#
      + #"{"doc":"the exact key, where it is not UTF-8","#
      + #""id":13,"name":"key_raw","required":false,"type":"binary"}],"type":"struct"},"#
      + #""element-id":9,"element-required":true,"type":"list"}},"#
      + #"{"id":7,"name":"kafka_key","required":false,"type":"binary"},"#
      + #"{"doc":"null is a tombstone","#
      + #""id":8,"name":"kafka_value","required":false,"type":"binary"}],"#
      + #""schema-id":0,"type":"struct"}],"snapshot-log":[],"snapshots":[],"#
      + #""sort-orders":[{"fields":["#
      + #"{"direction":"asc","null-order":"nulls-first","source-id":1,"transform":"identity"},"#
      + #"{"direction":"asc","null-order":"nulls-first","source-id":2,"transform":"identity"}],"#
      + #""order-id":1}],"table-uuid":"0b6e1c2a-0000-4000-8000-000000000001"}"#
    #expect(text == expected)
    #expect(try decode(text) == Self.sample())
  }

  @Test func `metadata with snapshots reads back, and unknown fields are passed over`() throws {
    var metadata = Self.sample()
    metadata.snapshots = [
      Snapshot(
        snapshotID: 9_007_199_254_740_993, parentSnapshotID: nil, sequenceNumber: 1,
        timestampMilliseconds: 5, manifestList: "file:///l", summary: ["operation": "append"],
        schemaID: 0)
    ]
    metadata.currentSnapshotID = 9_007_199_254_740_993
    metadata.references = ["main": SnapshotReference(snapshotID: 9_007_199_254_740_993)]
    metadata.snapshotLog = [.init(timestampMilliseconds: 5, snapshotID: 9_007_199_254_740_993)]
    metadata.metadataLog = [.init(timestampMilliseconds: 4, metadataFile: "file:///v1")]
    let json = String(decoding: try metadata.json(), as: UTF8.self)
    #expect(!json.contains("parent-snapshot-id"))
    #expect(try decode(json) == metadata)
    let extended = json.replacing(
      #"{"current-schema-id":0"#,
      with: #"{"statistics":[{"x":1.5}],"next-row-id":null,"current-schema-id":0"#)
    #expect(try decode(extended) == metadata)
  }

  @Test(arguments: [
    (#""format-version":2"#, #""format-version":3"#, "Iceberg format version 3"),
    (#""format-version":2,"#, "", "format-version"),
    (#""table-uuid":"#, #""table-uuid-2":"#, "no 'table-uuid'"),
    (#""default-spec-id":0"#, #""default-spec-id":5"#, "default partition spec"),
    (#""default-spec-id":0"#, #""default-spec-id":0,"current-snapshot-id":5"#, "snapshot 5"),
    (#""last-column-id":13"#, #""last-column-id":"x""#, "last-column-id"),
    (#"{"current-schema-id""#, #"{{"current-schema-id""#, "v1.metadata.json"),
  ])
  func `metadata that would be misread is refused by name`(
    from: String, to: String, word: String
  ) throws {
    let json = String(decoding: try Self.sample().json(), as: UTF8.self)
    #expect(json.contains(from))
    #expect {
      _ = try decode(json.replacing(from, with: to))
    } throws: {
      "\($0)".contains(word)
    }
  }

  @Test func `a current snapshot of -1 means none`() throws {
    let json = String(decoding: try Self.sample().json(), as: UTF8.self).replacing(
      #""default-spec-id":0"#, with: #""default-spec-id":0,"current-snapshot-id":-1"#)
    #expect(try decode(json).currentSnapshotID == nil)
  }

  @Test func `the line of parents is followed and a circle ends`() {
    var metadata = Self.sample()
    func snapshot(_ id: Int64, parent: Int64?) -> Snapshot {
      Snapshot(
        snapshotID: id, parentSnapshotID: parent, sequenceNumber: id, timestampMilliseconds: id,
        manifestList: "l", summary: [:], schemaID: 0)
    }
    metadata.snapshots = [
      snapshot(1, parent: nil), snapshot(2, parent: 1), snapshot(3, parent: 1),
    ]
    metadata.currentSnapshotID = 3
    #expect(metadata.isAncestorOfCurrent(1))
    #expect(metadata.isAncestorOfCurrent(3))
    #expect(!metadata.isAncestorOfCurrent(2))
    metadata.snapshots = [snapshot(1, parent: 3), snapshot(3, parent: 1)]
    #expect(!metadata.isAncestorOfCurrent(2))
  }
}
