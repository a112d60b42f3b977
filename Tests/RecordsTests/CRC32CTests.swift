import CLinux
import Platform
import Testing

@testable import Records

struct CRC32CTests {
  /// RFC 3720 appendix B.4, and the check value of the CRC catalogue.
  static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
    ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
    ([UInt8](0..<32), 0x46dd_794e),
    ([UInt8]((0..<32).reversed()), 0x113f_db5c),
    (Array("123456789".utf8), 0xe306_9283),
    ([], 0),
  ]

  @Test(arguments: vectors)
  func `known vectors come out`(bytes: [UInt8], expected: UInt32) {
    bytes.withUnsafeBytes { #expect(CRC32C.checksum($0) == expected) }
    #expect(varve_crc32c_portable(0, bytes, bytes.count) == expected)
  }

  @Test func `three streams and tables agree at every length and alignment`() {
    let random = SeededRandom(seed: 7)
    let bytes = (0..<40_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let lengths = Array(0..<800) + [1536, 12_287, 12_288, 12_289, 12_480, 24_576, 36_900, 39_990]
    bytes.withUnsafeBytes { all in
      for length in lengths {
        let start = length % 9
        let slice = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
        #expect(
          varve_crc32c(0x1234_5678, slice.baseAddress, slice.count)
            == varve_crc32c_portable(0x1234_5678, slice.baseAddress, slice.count))
      }
    }
  }

  @Test func `a checksum goes on where another ended`() {
    let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    bytes.withUnsafeBytes { all in
      let whole = CRC32C.checksum(all)
      for cut in [0, 1, 7, 200, 4_999, 5_000] {
        let front = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[..<cut]))
        let rest = UnsafeRawBufferPointer(rebasing: all[cut...])
        #expect(CRC32C.extend(front, with: rest) == whole)
      }
    }
  }
}
