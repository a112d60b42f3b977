import Foundation
import Platform
import Testing

@testable import Lake

struct ManifestTests {
  static let byPartition = PartitionSpec([(.identity, IcebergSchema.raw.fields[0])])
  static let byDay = PartitionSpec([(.day, IcebergSchema.raw.fields[2])])

  static func file(_ index: Int, partition: Int32 = 3) -> DataFile {
    let first = Int64(index) * 100
    return DataFile(
      path: "file:///lake/kafka/t/data/\(index).parquet", partition: [partition],
      statistics: RecordStatistics(
        recordCount: 90, byteCount: 4_000 + Int64(index), partitions: partition...partition,
        offsets: first...first + 99, timestamps: -5...1_700_000_000_000_000,
        timestampTypes: 0...0, leaderEpochs: 0...2, nullKeyCount: 7, nullValueCount: 0,
        columnByteCounts: [1: 20, 8: 3_000], splitOffsets: [4, 2_000]))
  }

  static func decode(_ block: ByteBlock) throws(LakeError) -> [ManifestEntry] {
    let entries = try Manifest.decode(block.bytes, file: "m.avro")
    withExtendedLifetime(block) {}
    return entries
  }

  @Test func `entries read back as they were written`() throws {
    var entries: [ManifestEntry] = (0..<500).map { .added(Self.file($0), snapshotID: 77) }
    entries[1].status = .existing
    entries[1].sequenceNumber = 4
    entries[1].fileSequenceNumber = 3
    entries[2] = entries[2].deleted(by: 99)
    entries[3].file.partition = [nil]
    entries[4].file.splitOffsets = []
    entries[4].file.sortOrderID = nil
    let block = try Manifest.encode(
      entries, schema: .raw, spec: Self.byPartition, sync: (1, 2))
    #expect(try Self.decode(block) == entries)
    // The same entries have the same bytes, whatever the order inside their dictionaries.
    let again = try Manifest.encode(
      entries, schema: .raw, spec: Self.byPartition, sync: (1, 2))
    #expect(block.array == again.array)
  }

  @Test func `bounds have the widths of their types and counts leave the headers out`() {
    let file = Self.file(2)
    #expect(file.lowerBounds[FieldID.partition] == [3, 0, 0, 0])
    #expect(file.lowerBounds[FieldID.offset] == [200, 0, 0, 0, 0, 0, 0, 0])
    #expect(file.lowerBounds[FieldID.timestamp] == [251] + [UInt8](repeating: 255, count: 7))
    #expect(file.upperBounds[FieldID.leaderEpoch] == [2, 0, 0, 0])
    #expect(file.valueCounts.keys.sorted() == [1, 2, 3, 4, 5, 7, 8])
    #expect(file.nullValueCounts == [1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 7: 7, 8: 0])
    #expect(file.lowerBounds.keys.sorted() == [1, 2, 3, 4, 5])
    #expect(file.offsets == 200...299)
    #expect(file.kafkaPartitions == 3...3)
  }

  @Test func `an added entry inherits its numbers from the manifest, an existing one does not`() {
    let added = ManifestEntry.added(Self.file(0), snapshotID: 5)
    let manifest = ManifestFile(
      path: "m", byteCount: 1, spec: Self.byPartition, entries: [added], snapshotID: 5,
      sequenceNumber: 9)
    #expect(added.inheriting(from: manifest).sequenceNumber == 9)
    #expect(added.inheriting(from: manifest).fileSequenceNumber == 9)
    var existing = added
    existing.status = .existing
    existing.sequenceNumber = 2
    existing.fileSequenceNumber = 1
    #expect(existing.inheriting(from: manifest) == existing)
  }

  @Test func `a manifest list line sums up its entries`() throws {
    var entries: [ManifestEntry] = (0..<4).map {
      .added(Self.file($0, partition: Int32($0) - 1), snapshotID: 5)
    }
    entries[0].status = .existing
    entries[0].sequenceNumber = 3
    entries[0].fileSequenceNumber = 3
    entries[1] = entries[1].deleted(by: 5)
    entries[1].sequenceNumber = 1
    let line = ManifestFile(
      path: "file:///m.avro", byteCount: 10, spec: Self.byPartition, entries: entries,
      snapshotID: 5, sequenceNumber: 9)
    #expect([line.addedFileCount, line.existingFileCount, line.deletedFileCount] == [2, 1, 1])
    #expect([line.addedRowCount, line.existingRowCount, line.deletedRowCount] == [180, 90, 90])
    #expect(line.minimumSequenceNumber == 3)
    #expect(
      line.partitions == [
        .init(
          containsNull: false, containsNaN: false, lowerBound: [255, 255, 255, 255],
          upperBound: [2, 0, 0, 0])
      ])
    let block = ManifestList.encode(
      [line, line], snapshotID: 5, parentSnapshotID: nil, sequenceNumber: 9, sync: (3, 4))
    #expect(try ManifestList.decode(block.bytes, file: "l.avro") == [line, line])
    let reader = try AvroReader(block.bytes, file: "l.avro")
    #expect(reader.text("parent-snapshot-id") == "null")
    #expect(reader.text("format-version") == "2")
    withExtendedLifetime(block) {}
  }

  @Test func `a manifest's header holds the table's schema and the spec's fields`() throws {
    let block = try Manifest.encode([], schema: .raw, spec: Self.byDay, sync: (1, 2))
    let reader = try AvroReader(block.bytes, file: "m.avro")
    #expect(
      reader.text("partition-spec")
        == #"[{"field-id":1000,"name":"kafka_timestamp_day","source-id":3,"transform":"day"}]"#)
    #expect(reader.text("partition-spec-id") == "0")
    #expect(reader.text("schema-id") == "0")
    #expect(reader.text("content") == "data")
    let schema = try JSONDecoder().decode(
      IcebergSchema.self, from: Data(reader.text("schema")!.utf8))
    #expect(schema == .raw)
    withExtendedLifetime(block) {}
  }

  /// What fastavro writes for a manifest with deflate, other field order, and fields unknown here.
  @Test func `a manifest of another writer is read by its field ids`() throws {
    let bytes = [UInt8](Data(base64Encoded: Self.foreignManifest)!)
    let entries = try Self.decode(ByteBlock(bytes))
    #expect(entries.count == 2)
    #expect(entries[0].status == .existing)
    #expect(entries[0].sequenceNumber == 12)
    #expect(entries[0].file.path == "s3://b/k/0.parquet")
    #expect(entries[0].file.partition == [4])
    #expect(entries[0].file.offsets == 10...19)
    #expect(entries[1].file.partition == [nil])
    #expect(entries[1].file.recordCount == 11)
  }

  @Test func `lists of delete files are refused`() throws {
    let file = Self.file(0)
    var line = ManifestFile(
      path: "file:///m.avro", byteCount: 10, spec: Self.byPartition,
      entries: [.added(file, snapshotID: 1)], snapshotID: 5, sequenceNumber: 9)
    line.content = 1
    let block = ManifestList.encode(
      [line], snapshotID: 5, parentSnapshotID: 4, sequenceNumber: 9, sync: (3, 4))
    #expect {
      _ = try ManifestList.decode(block.bytes, file: "l.avro")
    } throws: {
      "\($0)".contains("delete files")
    }
  }

  private static let foreignManifest = [
    "T2JqAQgcZm9ybWF0LXZlcnNpb24CMg5jb250ZW50CGRhdGEUYXZyby5jb2RlYw5kZWZsYXRlFmF2cm8uc2No",
    "ZW1h+hl7InR5cGUiOiAicmVjb3JkIiwgIm5hbWUiOiAibWFuaWZlc3RfZW50cnkiLCAiZmllbGRzIjogW3si",
    "ZmllbGQtaWQiOiAyLCAibmFtZSI6ICJkYXRhX2ZpbGUiLCAidHlwZSI6IHsidHlwZSI6ICJyZWNvcmQiLCAi",
    "bmFtZSI6ICJyMiIsICJmaWVsZHMiOiBbeyJmaWVsZC1pZCI6IDEwMCwgIm5hbWUiOiAiZmlsZV9wYXRoIiwg",
    "InR5cGUiOiAic3RyaW5nIn0sIHsiZmllbGQtaWQiOiAxMDEsICJuYW1lIjogImZpbGVfZm9ybWF0IiwgInR5",
    "cGUiOiAic3RyaW5nIn0sIHsiZmllbGQtaWQiOiAxMDIsICJuYW1lIjogInBhcnRpdGlvbiIsICJ0eXBlIjog",
    "eyJ0eXBlIjogInJlY29yZCIsICJuYW1lIjogInIxMDIiLCAiZmllbGRzIjogW3siZmllbGQtaWQiOiAxMDAw",
    "LCAibmFtZSI6ICJrYWZrYV9wYXJ0aXRpb24iLCAidHlwZSI6IFsibnVsbCIsICJpbnQiXX1dfX0sIHsiZmll",
    "bGQtaWQiOiAxMDMsICJuYW1lIjogInJlY29yZF9jb3VudCIsICJ0eXBlIjogImxvbmcifSwgeyJmaWVsZC1p",
    "ZCI6IDEwNCwgIm5hbWUiOiAiZmlsZV9zaXplX2luX2J5dGVzIiwgInR5cGUiOiAibG9uZyJ9LCB7ImZpZWxk",
    "LWlkIjogMTI1LCAibmFtZSI6ICJsb3dlcl9ib3VuZHMiLCAidHlwZSI6IFsibnVsbCIsIHsibG9naWNhbFR5",
    "cGUiOiAibWFwIiwgInR5cGUiOiAiYXJyYXkiLCAiaXRlbXMiOiB7InR5cGUiOiAicmVjb3JkIiwgIm5hbWUi",
    "OiAiazEyNl92MTI3IiwgImZpZWxkcyI6IFt7ImZpZWxkLWlkIjogMTI2LCAibmFtZSI6ICJrZXkiLCAidHlw",
    "ZSI6ICJpbnQifSwgeyJmaWVsZC1pZCI6IDEyNywgIm5hbWUiOiAidmFsdWUiLCAidHlwZSI6ICJieXRlcyJ9",
    "XX19XX0sIHsiZmllbGQtaWQiOiAxMjgsICJuYW1lIjogInVwcGVyX2JvdW5kcyIsICJ0eXBlIjogWyJudWxs",
    "IiwgeyJsb2dpY2FsVHlwZSI6ICJtYXAiLCAidHlwZSI6ICJhcnJheSIsICJpdGVtcyI6IHsidHlwZSI6ICJy",
    "ZWNvcmQiLCAibmFtZSI6ICJrMTI5X3YxMzAiLCAiZmllbGRzIjogW3siZmllbGQtaWQiOiAxMjksICJuYW1l",
    "IjogImtleSIsICJ0eXBlIjogImludCJ9LCB7ImZpZWxkLWlkIjogMTMwLCAibmFtZSI6ICJ2YWx1ZSIsICJ0",
    "eXBlIjogImJ5dGVzIn1dfX1dfSwgeyJmaWVsZC1pZCI6IDE0MiwgIm5hbWUiOiAiZmlyc3Rfcm93X2lkIiwg",
    "InR5cGUiOiBbIm51bGwiLCAibG9uZyJdfSwgeyJmaWVsZC1pZCI6IDEzMSwgIm5hbWUiOiAia2V5X21ldGFk",
    "YXRhIiwgInR5cGUiOiBbIm51bGwiLCAiYnl0ZXMiXX0sIHsiZmllbGQtaWQiOiAxMzUsICJuYW1lIjogImVx",
    "dWFsaXR5X2lkcyIsICJ0eXBlIjogWyJudWxsIiwgeyJlbGVtZW50LWlkIjogMTM2LCAidHlwZSI6ICJhcnJh",
    "eSIsICJpdGVtcyI6ICJpbnQifV19XX19LCB7ImZpZWxkLWlkIjogMywgIm5hbWUiOiAic2VxdWVuY2VfbnVt",
    "YmVyIiwgInR5cGUiOiBbIm51bGwiLCAibG9uZyJdfSwgeyJmaWVsZC1pZCI6IDAsICJuYW1lIjogInN0YXR1",
    "cyIsICJ0eXBlIjogImludCJ9LCB7ImZpZWxkLWlkIjogMSwgIm5hbWUiOiAic25hcHNob3RfaWQiLCAidHlw",
    "ZSI6IFsibnVsbCIsICJsb25nIl19LCB7ImZpZWxkLWlkIjogNCwgIm5hbWUiOiAiZmlsZV9zZXF1ZW5jZV9u",
    "dW1iZXIiLCAidHlwZSI6IFsibnVsbCIsICJsb25nIl19LCB7ImZpZWxkLWlkIjogOTAwMCwgIm5hbWUiOiAi",
    "d2VpZ2h0IiwgInR5cGUiOiAiZG91YmxlIn1dfQAwMTIzNDU2Nzg5YWJjZGVmBJgBUyk2ttLXT9LP1jfQK0gs",
    "KixNLeGD0kwcIicYmZhYBLgYoADEEWZA8LKZmJgYmCQYmPiABBj8sFeBG2iIbiCDGDHmAWk+BphpAMtmGDAx",
    "MjM0NTY3ODlhYmNkZWY=",
  ].joined()
}
