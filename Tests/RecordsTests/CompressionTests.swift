import Platform
import Testing

@testable import Records

struct CompressionTests {
  private static let codecs: [Compression] = [.gzip, .snappy, .lz4, .zstd]

  /// Text-like bytes that compress, with some that do not.
  private static func sample(_ byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    let random = SeededRandom(seed: seed)
    return (0..<byteCount).map { index in
      index % 7 == 0 ? UInt8(truncatingIfNeeded: random.next()) : UInt8(97 + index % 11)
    }
  }

  private static func compress(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
    let compressor = Compressor(compression)
    return try withExtendedLifetime(compressor) {
      try bytes.withUnsafeBytes { Array(try compressor.compress($0)) }
    }
  }

  private static func decompress(
    _ bytes: [UInt8], _ compression: Compression, limit: Int = 1 << 22,
    with decompressor: Decompressor = Decompressor()
  ) throws(BatchError) -> [UInt8] {
    var result: Result<[UInt8], BatchError> = .success([])
    withExtendedLifetime(decompressor) {
      bytes.withUnsafeBytes { raw in
        do throws(BatchError) {
          result = .success(
            Array(try decompressor.decompress(raw, as: compression, limit: limit)))
        } catch { result = .failure(error) }
      }
    }
    return try result.get()
  }

  @Test(arguments: Compression.allCases, [0, 1, 100, 32_768, 65_536, 65_537, 1_000_000])
  func `bytes come back`(compression: Compression, byteCount: Int) throws {
    let bytes = Self.sample(byteCount)
    let packed = try Self.compress(bytes, compression)
    #expect(try Self.decompress(packed, compression) == bytes)
  }

  @Test(arguments: codecs)
  func `incompressible bytes come back`(compression: Compression) throws {
    let random = SeededRandom(seed: 3)
    let bytes = (0..<200_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let packed = try Self.compress(bytes, compression)
    #expect(try Self.decompress(packed, compression) == bytes)
  }

  @Test(arguments: codecs)
  func `joined frames are read as one`(compression: Compression) throws {
    let first = Self.sample(70_000)
    let second = Self.sample(5_000, seed: 9)
    let packed = try Self.compress(first, compression) + Self.compress(second, compression)
    #expect(try Self.decompress(packed, compression) == first + second)
  }

  @Test(arguments: codecs)
  func `no proper prefix is accepted`(compression: Compression) throws {
    let bytes = Self.sample(300)
    let packed = try Self.compress(bytes, compression)
    let decompressor = Decompressor()
    for end in 0..<packed.count {
      let prefix = Array(packed[..<end])
      // A framed snappy stream of no block is whole: it holds nothing.
      if compression == .snappy && end == 16 { continue }
      #expect(throws: BatchError(.malformedCompression), "prefix of \(end) bytes") {
        try Self.decompress(prefix, compression, with: decompressor)
      }
    }
    #expect(try Self.decompress(packed, compression, with: decompressor) == bytes)
  }

  @Test(arguments: codecs, [[0], [0, 0, 0, 0], Array("trailing junk".utf8)] as [[UInt8]])
  func `junk after the frames is refused`(compression: Compression, junk: [UInt8]) throws {
    let packed = try Self.compress(Self.sample(300), compression) + junk
    #expect(throws: BatchError(.malformedCompression)) {
      try Self.decompress(packed, compression)
    }
  }

  @Test(arguments: codecs)
  func `the limit is exact`(compression: Compression) throws {
    let bytes = Self.sample(100_000)
    let packed = try Self.compress(bytes, compression)
    #expect(try Self.decompress(packed, compression, limit: 100_000) == bytes)
    #expect(throws: BatchError(.expansionLimit)) {
      try Self.decompress(packed, compression, limit: 99_999)
    }
    #expect(throws: BatchError(.expansionLimit)) {
      try Self.decompress(packed, compression, limit: 0)
    }
  }

  @Test(arguments: codecs)
  func `a bomb stops at the limit`(compression: Compression) throws {
    let packed = try Self.compress([UInt8](repeating: 0, count: 64 << 20), compression)
    let decompressor = Decompressor()
    #expect(throws: BatchError(.expansionLimit)) {
      try Self.decompress(packed, compression, limit: 1 << 20, with: decompressor)
    }
    // The scratch is all there is to write to, so no more than this was decompressed.
    #expect(decompressor.scratchByteCount <= (1 << 20) + 1)
  }

  @Test func `a bare snappy block is read, as librdkafka sends it`() throws {
    // Length 10, a literal "ab", a copy of 8 bytes from 2 back (Snappy format description).
    let block: [UInt8] = [10, 1 << 2, 0x61, 0x62, (8 - 4) << 2 | 1, 2]
    #expect(try Self.decompress(block, .snappy) == Array("ababababab".utf8))
    #expect(throws: BatchError(.malformedCompression)) {
      try Self.decompress(block + [0], .snappy)
    }
  }

  @Test func `a snappy block that claims too much is refused before memory is reserved`() {
    let decompressor = Decompressor()
    let claim: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0x0f, 0]
    #expect(throws: BatchError(.malformedCompression)) {
      try Self.decompress(claim, .snappy, limit: 1 << 33, with: decompressor)
    }
    #expect(decompressor.scratchByteCount < 1 << 20)
  }

  @Test func `linked LZ4 blocks are refused, as Java consumers cannot read them`() throws {
    // One stored block "a"; FLG 0x40 lacks the independence bit; xxHash32 byte 0xc0.
    let linked: [UInt8] = [
      0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, 1, 0, 0, 0x80, 0x61, 0, 0, 0, 0,
    ]
    #expect(throws: BatchError(.malformedCompression)) { try Self.decompress(linked, .lz4) }
    var independent = linked
    independent[4] = 0x60
    independent[6] = 0x82
    #expect(try Self.decompress(independent, .lz4) == [0x61])
  }

  @Test func `zlib's own header is not gzip`() {
    // zlib stream of "a".
    let zlib: [UInt8] = [0x78, 0x9c, 0x4b, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62]
    #expect(throws: BatchError(.malformedCompression)) { try Self.decompress(zlib, .gzip) }
  }

  @Test func `large scratch is given back on demand`() throws {
    let decompressor = Decompressor(retainedByteCount: 1 << 16)
    let packed = try Self.compress(Self.sample(1 << 20), .zstd)
    _ = try Self.decompress(packed, .zstd, with: decompressor)
    #expect(decompressor.scratchByteCount >= 1 << 20)
    decompressor.trim()
    #expect(decompressor.scratchByteCount == 0)
    #expect(try Self.decompress(packed, .zstd, with: decompressor).count == 1 << 20)
  }

  @Test func `names are those of the configs`() {
    #expect(Compression(name: "uncompressed") == Compression.none)
    #expect(Compression(name: "brotli") == nil)
    for compression in Compression.allCases {
      #expect(Compression(name: compression.name) == compression)
    }
  }
}
