import CArrow

/// Compresses the records of batches as Kafka's own broker would, into one scratch buffer.
///
/// Belongs to one thread at a time; keeps codec state and scratch for the next batch.
package final class Compressor {
  package let compression: Compression
  private var codec: CodecHandle?
  private var output = ScratchBuffer()

  /// The most bytes that can be compressed in one go; Kafka's lengths are 32-bit.
  package static let inputLimit = 1 << 30

  /// `level` is the codec's own scale; nil takes Kafka's default (gzip 6, zstd 3). Snappy and LZ4
  /// have one level here.
  package init(_ compression: Compression, level: Int32? = nil) {
    self.compression = compression
    switch compression {
    case .none: codec = nil
    case .gzip: codec = CodecHandle(kind: VARVE_CODEC_GZIP, level: level ?? 6)
    case .snappy: codec = CodecHandle(kind: VARVE_CODEC_SNAPPY)
    case .lz4: codec = CodecHandle(kind: VARVE_CODEC_LZ4_BLOCK)
    case .zstd: codec = CodecHandle(kind: VARVE_CODEC_ZSTD, level: level ?? 3)
    }
  }

  /// Compresses `input` and leaves `headroom` bytes in front for the caller to fill.
  ///
  /// The result, headroom included, is valid until the next call and while this object lives.
  package func compress(
    _ input: UnsafeRawBufferPointer, headroom: Int = 0
  ) throws(BatchError) -> UnsafeMutableRawBufferPointer {
    guard input.count <= Compressor.inputLimit else { throw BatchError(.tooLarge) }
    switch compression {
    case .none:
      let base = output.grow(to: headroom + input.count + 1, keeping: 0)
      let result = UnsafeMutableRawBufferPointer(start: base, count: headroom + input.count)
      UnsafeMutableRawBufferPointer(rebasing: result[headroom...]).copyMemory(from: input)
      return result
    case .gzip, .zstd:
      let base = output.grow(to: headroom + (try bound(input.count)) + 1, keeping: 0)
      let byteCount = try compress(input[...], to: base, at: headroom)
      return UnsafeMutableRawBufferPointer(start: base, count: headroom + byteCount)
    case .snappy:
      return try frameSnappy(input, headroom: headroom)
    case .lz4:
      return try frameLZ4(input, headroom: headroom)
    }
  }

  private func bound(_ byteCount: Int) throws(BatchError) -> Int {
    guard let codec = codec?.pointer else { throw BatchError(.codecFailed) }
    let bound = varve_codec_bound(codec, byteCount)
    guard bound >= 0 else { throw BatchError(.codecFailed) }
    return Int(bound)
  }

  /// Compresses one slice to `position` of the scratch; gives the bytes written.
  private func compress(
    _ slice: Slice<UnsafeRawBufferPointer>, to base: UnsafeMutableRawPointer, at position: Int
  ) throws(BatchError) -> Int {
    guard let codec = codec?.pointer else { throw BatchError(.codecFailed) }
    let input = UnsafeRawBufferPointer(rebasing: slice)
    // An empty slice may have no address, and the libraries want one.
    let start = input.baseAddress ?? UnsafeRawPointer(base)
    let written = varve_codec_compress(
      codec, start.assumingMemoryBound(to: UInt8.self), input.count,
      (base + position).assumingMemoryBound(to: UInt8.self), output.capacity - position)
    guard written >= 0 else { throw BatchError(.codecFailed) }
    return Int(written)
  }

  /// snappy-java's framing (see `SnappyBlocks`): every Kafka client reads it.
  private func frameSnappy(
    _ input: UnsafeRawBufferPointer, headroom: Int
  ) throws(BatchError) -> UnsafeMutableRawBufferPointer {
    let blockByteCount = SnappyBlocks.blockByteCount
    let blockCount = (input.count + blockByteCount - 1) / blockByteCount
    let capacity =
      headroom + SnappyBlocks.frameHeaderByteCount + blockCount * (4 + (try bound(blockByteCount)))
    let base = output.grow(to: capacity, keeping: 0)
    base.storeBytes(of: SnappyBlocks.magic.bigEndian, toByteOffset: headroom, as: UInt64.self)
    base.storeBytes(of: Int32(1).bigEndian, toByteOffset: headroom + 8, as: Int32.self)
    base.storeBytes(of: Int32(1).bigEndian, toByteOffset: headroom + 12, as: Int32.self)
    var position = headroom + SnappyBlocks.frameHeaderByteCount
    var start = 0
    while start < input.count {
      let end = min(start + blockByteCount, input.count)
      let byteCount = try compress(input[start..<end], to: base, at: position + 4)
      base.storeBytes(of: Int32(byteCount).bigEndian, toByteOffset: position, as: Int32.self)
      position += 4 + byteCount
      start = end
    }
    return UnsafeMutableRawBufferPointer(start: base, count: position)
  }

  /// One LZ4 frame (LZ4 Frame Format 1.6.1) of independent 64 KiB blocks without checksums: the
  /// Java client decompresses each block on its own, and the library's frames link theirs.
  private func frameLZ4(
    _ input: UnsafeRawBufferPointer, headroom: Int
  ) throws(BatchError) -> UnsafeMutableRawBufferPointer {
    let blockByteCount = 64 << 10
    let blockCount = (input.count + blockByteCount - 1) / blockByteCount
    let capacity = headroom + 7 + blockCount * (4 + (try bound(blockByteCount))) + 4
    let base = output.grow(to: capacity, keeping: 0)
    // Magic; FLG: version 1, independent blocks; BD: 64 KiB; HC: second byte of their xxHash32.
    let header: [7 of UInt8] = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]
    for index in 0..<7 {
      base.storeBytes(of: header[index], toByteOffset: headroom + index, as: UInt8.self)
    }
    var position = headroom + 7
    var start = 0
    while start < input.count {
      let end = min(start + blockByteCount, input.count)
      var byteCount = try compress(input[start..<end], to: base, at: position + 4)
      var word = UInt32(byteCount)
      if byteCount >= end - start {
        byteCount = end - start
        // The highest bit says that the block is stored as it is.
        word = UInt32(byteCount) | 0x8000_0000
        UnsafeMutableRawBufferPointer(start: base + position + 4, count: byteCount)
          .copyBytes(from: input[start..<end])
      }
      base.storeBytes(of: word.littleEndian, toByteOffset: position, as: UInt32.self)
      position += 4 + byteCount
      start = end
    }
    base.storeBytes(of: UInt32(0), toByteOffset: position, as: UInt32.self)
    return UnsafeMutableRawBufferPointer(start: base, count: position + 4)
  }
}
