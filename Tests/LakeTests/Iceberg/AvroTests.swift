import Platform
import Testing

@testable import Lake

struct AvroTests {
  private static let schema = """
    {"type":"record","name":"r","fields":[
    {"name":"a","type":"long","field-id":1},
    {"name":"b","type":["null","string"],"default":null,"field-id":2},
    {"name":"c","type":{"type":"array","items":"bytes"},"field-id":3},
    {"name":"d","type":"boolean"}]}
    """

  private func sample(_ count: Int) -> [UInt8] {
    var writer = AvroWriter(
      schema: Self.schema, metadata: [("who", "test")], sync: (0x0102_0304_0506_0708, 9))
    for index in 0..<count {
      writer.append { w in
        w.write(varint: Int64(index) - 3)
        w.write(optional: index % 2 == 0 ? "é\(index)" : nil) { $0.write(avro: $1) }
        w.write(array: [[UInt8]](repeating: [1, 2, 3], count: index % 3)) { $0.write(avro: $1) }
        w.write(UInt8(index % 2))
      }
    }
    return writer.finish().array
  }

  private func read(_ bytes: [UInt8]) throws(LakeError) -> [AvroRecord] {
    let block = ByteBlock(bytes)
    var records: [AvroRecord] = []
    let reader = try AvroReader(block.bytes, file: "x.avro")
    try reader.forEach { (record) throws(LakeError) in records.append(record) }
    withExtendedLifetime(block) {}
    return records
  }

  @Test func `records of many blocks read back in order, by field id or name`() throws {
    let records = try read(sample(20_000))
    #expect(records.count == 20_000)
    for (index, record) in records.enumerated() {
      #expect(record[1, "renamed"]?.long == Int64(index) - 3)
      #expect(record[2, "b"]?.string == (index % 2 == 0 ? "é\(index)" : nil))
      #expect(record[3, "c"]?.array?.count == index % 3)
      #expect(record[99, "d"]?.boolean == (index % 2 == 1))
      #expect(record[99, "unknown"] == nil)
    }
  }

  @Test func `the container has the bytes that the specification asks for`() throws {
    var writer = AvroWriter(schema: "\"int\"", metadata: [], sync: (1, 2))
    writer.append { $0.write(varint: 64) }
    let sync: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    let expected: [UInt8] =
      Array("Obj\u{1}".utf8) + [4, 22] + Array("avro.schema".utf8) + [10] + Array("\"int\"".utf8)
      + [20] + Array("avro.codec".utf8) + [8] + Array("null".utf8) + [0] + sync
      + [2, 4, 0x80, 1] + sync
    #expect(writer.finish().array == expected)
  }

  @Test func `every truncated prefix is refused or ends at a block`() throws {
    let whole = sample(40)
    let blockEnd = sample(0).count
    for end in 0..<whole.count where end != blockEnd {
      #expect(throws: LakeError.self) { try read(Array(whole[..<end])) }
    }
  }

  @Test func `damaged bytes give an error or other values, and never a crash`() throws {
    let whole = sample(40)
    let random = SeededRandom(seed: 7)
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0...random.below(3) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = try? read(bytes)
    }
  }

  @Test func `an unknown codec is named`() throws {
    let bytes =
      Array("Obj\u{1}".utf8) + [2, 20] + Array("avro.codec".utf8) + [12]
      + Array("snappy".utf8) + [0] + [UInt8](repeating: 0, count: 16)
    #expect {
      _ = try read(bytes)
    } throws: {
      "\($0)".contains("Avro codec 'snappy'")
    }
  }
}
