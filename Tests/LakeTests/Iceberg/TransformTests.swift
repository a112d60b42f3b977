import Testing

@testable import Lake

struct TransformTests {
  @Test(arguments: [
    (Int64(0), Int32(0), Int32(0)), (-1, -1, -1), (-1_000, -1, -1), (86_399_999_999, 0, 23),
    (86_400_000_000, 1, 24), (-86_400_000_000, -1, -24), (-86_400_000_001, -2, -25),
    (253_402_300_799_999_000, 2_932_896, 70_389_527),
  ])
  func `days and hours are floor divisions`(microseconds: Int64, day: Int32, hour: Int32) {
    #expect(Transform.day(microseconds: microseconds) == day)
    #expect(Transform.hour(microseconds: microseconds) == hour)
  }

  @Test func `a spec names its fields as Iceberg's libraries do`() throws {
    let timestamp = IcebergSchema.raw.field(FieldID.timestamp)!
    let partition = IcebergSchema.raw.field(FieldID.partition)!
    let spec = PartitionSpec([(.identity, partition), (.hour, timestamp)])
    #expect(spec.fields.map(\.name) == ["kafka_partition", "kafka_timestamp_hour"])
    #expect(spec.fields.map(\.fieldID) == [1000, 1001])
    #expect(spec.lastPartitionID == 1001)
    #expect(PartitionSpec(fields: []).lastPartitionID == 999)
    #expect(try spec.values(partition: 7, timestampMicroseconds: -1) == [7, -1])
  }

  @Test func `a truncated upper bound is rounded up, a lower one is not`() {
    #expect(SingleValue.lowerBound("abcdef", maximumLength: 3) == Array("abc".utf8))
    #expect(SingleValue.upperBound("abcdef", maximumLength: 3) == Array("abd".utf8))
    #expect(SingleValue.upperBound("abc", maximumLength: 3) == Array("abc".utf8))
    #expect(SingleValue.upperBound("a\u{10ffff}x", maximumLength: 2) == Array("b".utf8))
    #expect(SingleValue.upperBound("a\u{d7ff}x", maximumLength: 2) == Array("a\u{e000}".utf8))
    #expect(SingleValue.upperBound("\u{10ffff}\u{10ffff}", maximumLength: 1) == nil)
  }

  @Test func `single values have exactly the width of their type`() {
    #expect(SingleValue.bytes(Int32(-2)) == [254, 255, 255, 255])
    #expect(SingleValue.long(SingleValue.bytes(Int64.min)) == .min)
    #expect(SingleValue.long(SingleValue.bytes(Int32(-2))) == -2)
    #expect(SingleValue.int([1, 2, 3]) == nil)
    #expect(SingleValue.long([]) == nil)
  }
}
