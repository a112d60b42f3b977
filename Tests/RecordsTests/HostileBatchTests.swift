import Platform
import Testing

@testable import Records

struct HostileBatchTests {
  @Test(arguments: Compression.allCases.filter { $0 != .none })
  func `a bomb is refused in bounded memory`(compression: Compression) {
    var batch = RawBatch.of(1, compression: compression)
    let value = [UInt8](repeating: 0, count: 48 << 20)
    batch.records = RawRecordBytes(value: value).bytes
    let bytes = batch.sealed()
    let decompressor = Decompressor(retainedByteCount: 1 << 16)
    let validator = BatchValidator(decompressor: decompressor)
    var limits = BatchLimits()
    limits.maximumBatchByteCount = 64 << 20
    limits.maximumExpandedByteCount = 1 << 20
    #expect(throws: BatchError(.expansionLimit)) {
      try validated(bytes, limits: limits, with: validator)
    }
    #expect(decompressor.scratchByteCount <= 1 << 16)
    limits.maximumExpandedByteCount = 64 << 20
    #expect(throws: Never.self) { try validated(bytes, limits: limits, with: validator) }
  }

  @Test(arguments: Compression.allCases.filter { $0 != .none })
  func `junk behind the compressed records is refused`(compression: Compression) {
    var bytes = RawBatch.of(4, compression: compression).sealed() + [0, 1, 2, 3]
    let length = Int32(bytes.count - 12)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: length.bigEndian, toByteOffset: 8, as: Int32.self)
      BatchHeader.sealChecksum(of: $0)
    }
    #expect(throws: BatchError(.malformedCompression)) { try validated(bytes) }
  }

  /// What the validator lets in, the iterator must walk, with the right offsets and in full.
  @Test(arguments: Compression.allCases, [1, 2, 3] as [UInt64])
  func `mutated batches never crash, and whatever passes can be read`(
    compression: Compression, seed: UInt64
  ) throws {
    let random = SeededRandom(seed: seed)
    let originals = [
      RawBatch.of(1, compression: compression).sealed(),
      RawBatch.of(7, valueByteCount: 3, compression: compression).sealed(),
      RawBatch.of(70, valueByteCount: 90, compression: compression).sealed(),
    ]
    let validator = BatchValidator()
    var limits = BatchLimits()
    limits.maximumBatchCount = 3
    limits.maximumExpandedByteCount = 1 << 20
    limits.timestampAfterMaxMilliseconds = .max
    var passed = 0
    for _ in 0..<1_500 {
      var bytes = originals[random.below(originals.count)]
      mutate(&bytes, random, seal: random.below(8) != 0)
      do throws(BatchError) {
        let after = try validated(bytes, limits: limits, with: validator)
        passed += 1
        expectReadable(after)
      } catch {
        // Refused: fine. The iterator must survive it all the same.
        _ = try? recordsOf(bytes)
      }
    }
    // Some mutations touch only what may be anything, so the test has teeth on both sides.
    #expect(passed > 0 && passed < 1_500)
  }

  @Test func `random bytes behind a good header never crash`() {
    let random = SeededRandom(seed: 11)
    let decompressor = Decompressor()
    for round in 0..<3_000 {
      var batch = RawBatch.of(1)
      batch.header.attributes = UInt16(round % 5)
      batch.header.recordCount = Int32(random.below(5))
      batch.header.lastOffsetDelta = batch.header.recordCount - 1
      batch.records = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let bytes = batch.sealed()
      let validator = BatchValidator(decompressor: decompressor)
      if let after = try? validated(bytes, with: validator) { expectReadable(after) }
      _ = try? recordsOf(bytes)
    }
  }

  private func expectReadable(_ bytes: [UInt8]) {
    var position = 0
    while position < bytes.count {
      let rest = Array(bytes[position...])
      guard let header = rest.withUnsafeBytes({ BatchHeader($0) }) else {
        Issue.record("no header at \(position)")
        return
      }
      do throws(BatchError) {
        let records = try recordsOf(rest)
        let first = header.baseOffset.rawValue
        #expect(records.map(\.offset) == (0..<Int64(header.recordCount)).map { first &+ $0 })
        #expect(records.count == Int(header.lastOffsetDelta) + 1)
        #expect(header.maxTimestamp == records.map(\.timestamp).reduce(-1, max))
      } catch {
        Issue.record("passed, but cannot be walked: \(error)")
      }
      position += header.byteCount
    }
  }

  /// One to four changes: flips, new bytes, cuts, insertions, doublings.
  private func mutate(_ bytes: inout [UInt8], _ random: SeededRandom, seal: Bool) {
    for _ in 0...random.below(4) {
      guard bytes.count > 1 else { break }
      let at = random.below(bytes.count)
      switch random.below(6) {
      case 0, 1: bytes[at] ^= 1 << UInt8(random.below(8))
      case 2: bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]
      case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(4)))
      case 4: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
      default: bytes[bytes.count - 1 - random.below(min(20, bytes.count))] ^= 0xff
      }
    }
    guard seal, bytes.count >= 61 else { return }
    let length = Int32(bytes.count - 12)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: length.bigEndian, toByteOffset: 8, as: Int32.self)
      $0.storeBytes(of: 2, toByteOffset: 16, as: Int8.self)
      BatchHeader.sealChecksum(of: $0)
    }
  }
}
