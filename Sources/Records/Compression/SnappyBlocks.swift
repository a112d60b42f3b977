// Snappy comes to a broker in two shapes. librdkafka and others send one bare block (Snappy format
// description: a varint of the uncompressed length, then the elements). The Java client and those
// that follow it send the framing of snappy-java's SnappyOutputStream, also called xerial:
//
//    0  0x82 "SNAPPY" 0x00
//    8  version             int32, big-endian: 1
//   12  lowest compatible   int32, big-endian: 1
//   16  blocks, each with its compressed length in front (int32, big-endian); a whole header may
//       stand in place of a length, where two streams were joined.

import Platform

/// Walks the blocks of snappy input in either shape.
struct SnappyBlocks {
  static let frameHeaderByteCount = 16
  /// As much as snappy-java puts into a block.
  static let blockByteCount = 32 << 10
  static let magic: UInt64 = 0x8253_4e41_5050_5900

  private var reader: ByteReader
  private let isFramed: Bool

  init(_ input: UnsafeRawBufferPointer) {
    reader = ByteReader(input)
    isFramed = SnappyBlocks.skipFrameHeader(&reader)
  }

  /// The next block, or nil when the input ends where a block does.
  mutating func next() throws(BatchError) -> UnsafeRawBufferPointer? {
    guard isFramed else {
      guard reader.position == 0 else { return nil }
      guard let block = reader.read(count: reader.remaining), block.count > 0 else {
        throw BatchError(.malformedCompression)
      }
      return block
    }
    while SnappyBlocks.skipFrameHeader(&reader) {}
    guard reader.remaining > 0 else { return nil }
    guard let byteCount: Int32 = reader.read(), byteCount > 0,
      let block = reader.read(count: Int(byteCount))
    else { throw BatchError(.malformedCompression) }
    return block
  }

  /// What a block says it holds. A claim that no block of its size can keep is refused, so that a
  /// few bytes cannot make anybody reserve a lot.
  static func uncompressedByteCount(
    _ block: UnsafeRawBufferPointer
  ) throws(BatchError) -> Int {
    var reader = ByteReader(block)
    // The densest element is a copy of 64 bytes in 3.
    guard let byteCount = reader.readUnsignedVarint(maximumBytes: 5),
      byteCount <= UInt64(UInt32.max), byteCount <= UInt64(22 * block.count)
    else { throw BatchError(.malformedCompression) }
    return Int(byteCount)
  }

  private static func skipFrameHeader(_ reader: inout ByteReader) -> Bool {
    guard reader.remaining >= frameHeaderByteCount else { return false }
    var ahead = reader
    guard ahead.read(UInt64.self) == magic else { return false }
    reader.position += frameHeaderByteCount
    return true
  }
}
