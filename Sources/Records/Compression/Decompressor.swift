import CArrow

/// Decompresses the records of batches into one scratch buffer, never past a limit.
///
/// Belongs to one thread at a time. Codec state and scratch are kept for the next batch, so that
/// nothing is allocated for a batch once they have grown. zstd may additionally take the window
/// that a frame declares (at most 128 MiB, touched only as far as output comes).
package final class Decompressor {
  private var output = ScratchBuffer()
  private var gzip: CodecHandle?
  private var snappy: CodecHandle?
  private var lz4: CodecHandle?
  private var zstd: CodecHandle?
  private let retainedByteCount: Int

  /// `trim()` gives the scratch back when it is larger than `retainedByteCount`.
  package init(retainedByteCount: Int = 4 << 20) {
    self.retainedByteCount = retainedByteCount
  }

  /// Decompresses all of `input`, which must hold whole frames and nothing else.
  ///
  /// Stops as soon as the output passes `limit` bytes (`.expansionLimit`). The result is valid
  /// until the next call and while this object lives; for `.none` it is `input` itself.
  package func decompress(
    _ input: UnsafeRawBufferPointer, as compression: Compression, limit: Int
  ) throws(BatchError) -> UnsafeRawBufferPointer {
    switch compression {
    case .none:
      guard input.count <= limit else { throw BatchError(.expansionLimit) }
      return input
    case .gzip:
      if gzip == nil { gzip = CodecHandle(kind: VARVE_CODEC_GZIP) }
      return try inflate(input, gzip?.pointer, limit: limit)
    case .lz4:
      if lz4 == nil { lz4 = CodecHandle(kind: VARVE_CODEC_LZ4_FRAME) }
      return try inflate(input, lz4?.pointer, limit: limit)
    case .zstd:
      if zstd == nil { zstd = CodecHandle(kind: VARVE_CODEC_ZSTD) }
      return try inflate(input, zstd?.pointer, limit: limit)
    case .snappy:
      if snappy == nil { snappy = CodecHandle(kind: VARVE_CODEC_SNAPPY) }
      return try unpackSnappy(input, snappy?.pointer, limit: limit)
    }
  }

  /// The memory that the scratch takes now.
  package var scratchByteCount: Int { output.capacity }

  /// Gives the scratch back when one large batch has made it larger than what is to be retained.
  package func trim() { output.release(above: retainedByteCount) }

  private func inflate(
    _ input: UnsafeRawBufferPointer, _ codec: OpaquePointer?, limit: Int
  ) throws(BatchError) -> UnsafeRawBufferPointer {
    guard let codec, varve_codec_begin(codec) == 0 else { throw BatchError(.codecFailed) }
    guard let start = input.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      throw BatchError(.malformedCompression)
    }
    // One byte above the limit: output that fits never fills the buffer, so the end of the last
    // frame is always reached, and one that does not is seen with the first byte too many.
    let ceiling = max(0, limit) + 1
    var consumed = 0
    var written = 0
    var base = output.grow(
      to: min(ceiling, max(output.capacity, 4 * input.count, 16 << 10)), keeping: 0)
    while true {
      var stepRead = 0
      var stepWritten = 0
      let status = varve_codec_decompress(
        codec, start + consumed, input.count - consumed,
        base.assumingMemoryBound(to: UInt8.self) + written, min(ceiling, output.capacity) - written,
        &stepRead, &stepWritten)
      consumed += stepRead
      written += stepWritten
      guard written <= limit else { throw BatchError(.expansionLimit) }
      switch status {
      case VARVE_CODEC_DONE:
        return UnsafeRawBufferPointer(start: base, count: written)
      case VARVE_CODEC_OUTPUT_FULL:
        base = output.grow(to: min(ceiling, 2 * output.capacity), keeping: written)
      default:
        throw BatchError(.malformedCompression)
      }
    }
  }

  private func unpackSnappy(
    _ input: UnsafeRawBufferPointer, _ codec: OpaquePointer?, limit: Int
  ) throws(BatchError) -> UnsafeRawBufferPointer {
    guard let codec else { throw BatchError(.codecFailed) }
    var blocks = SnappyBlocks(input)
    var written = 0
    var base = output.grow(to: min(max(0, limit) + 1, 16 << 10), keeping: 0)
    while let block = try blocks.next() {
      let byteCount = try SnappyBlocks.uncompressedByteCount(block)
      guard byteCount <= limit - written else { throw BatchError(.expansionLimit) }
      let wanted = written + byteCount
      if wanted > output.capacity {
        base = output.grow(to: min(limit + 1, max(wanted, 2 * output.capacity)), keeping: written)
      }
      let got = varve_codec_decompress_block(
        codec, block.baseAddress?.assumingMemoryBound(to: UInt8.self), block.count,
        base.assumingMemoryBound(to: UInt8.self) + written, byteCount)
      guard got == byteCount else { throw BatchError(.malformedCompression) }
      written += byteCount
    }
    return UnsafeRawBufferPointer(start: base, count: written)
  }
}
