import Testing

@testable import Platform

struct ByteReaderTests {
  @Test(arguments: [0, 1, -1, 63, -64, 64, 300, -301, Int64.max, Int64.min])
  func `a varint reads back and no shorter prefix is taken`(value: Int64) {
    var writer = ByteWriter()
    writer.write(varint: value)
    let block = writer.finish()
    var reader = ByteReader(block.bytes)
    #expect(reader.readVarint() == value)
    #expect(reader.remaining == 0)
    for end in 0..<block.count {
      var short = ByteReader(UnsafeRawBufferPointer(rebasing: block.bytes[0..<end]))
      #expect(short.readVarint() == nil)
      #expect(short.position == 0)
    }
  }

  @Test func `an eleven byte varint is refused`() {
    let block = ByteBlock([UInt8](repeating: 0xff, count: 11))
    var reader = ByteReader(block.bytes)
    #expect(reader.readUnsignedVarint() == nil)
  }

  @Test func `integers are big-endian and growth keeps what was written`() {
    var writer = ByteWriter(capacity: 1)
    for index in 0..<1000 { writer.write(Int32(index)) }
    writer.patch(Int32(-7), at: 4)
    let block = writer.finish()
    var reader = ByteReader(block.bytes)
    #expect(reader.read(Int32.self) == 0)
    #expect(reader.read(Int32.self) == -7)
    #expect(block.bytes[11] == 2)
    #expect(block.count == 4000)
  }
}
