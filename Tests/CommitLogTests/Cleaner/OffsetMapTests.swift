import Platform
import Records
import Testing

@testable import CommitLog

struct OffsetMapTests {
  private func put(_ map: OffsetMap, _ key: String, _ offset: Int64) -> Bool {
    Array(key.utf8).withUnsafeBytes { map.put($0, Offset(offset)) }
  }

  private func latest(_ map: OffsetMap, _ key: String) -> Int64? {
    Array(key.utf8).withUnsafeBytes { map.latest(of: $0)?.rawValue }
  }

  private func map(bytes: Int, keys: Int = .max, load: Double = 0.9) throws -> OffsetMap {
    try OffsetMap(
      byteCount: bytes, loadFactor: load, keyLimit: keys,
      hasher: KeyHasher(SeededRandom(seed: 3)), path: "/log")
  }

  /// The digests of the reference code (vectors.h, `vectors_sip128`), key 00…0f, input 00, 01, ….
  @Test func `digests are those of the reference code`() {
    let hasher = KeyHasher(secret: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
    func digest(_ count: UInt8) -> [UInt8] {
      let digest = Array(0..<count).withUnsafeBytes { hasher.digest($0) }
      return withUnsafeBytes(of: digest.high.littleEndian) { Array($0) }
        + withUnsafeBytes(of: digest.low.littleEndian) { Array($0) }
    }
    #expect(
      digest(0) == [
        0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02,
        0x93,
      ])
    #expect(
      digest(1) == [
        0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc,
        0x45,
      ])
    let all = Set((0..<64).map { digest(UInt8($0)) })
    #expect(all.count == 64)
  }

  @Test func `the latest offset of each key is remembered, up to its capacity`() throws {
    let map = try map(bytes: 24 * 1000)
    #expect(map.capacity == 900)
    for key in 0..<900 { #expect(put(map, "key \(key)", Int64(key))) }
    #expect(!put(map, "one too many", 900))
    #expect(put(map, "key 17", 901))
    #expect(map.count == 900)
    #expect(latest(map, "key 17") == 901)
    #expect(latest(map, "key 0") == 0)
    #expect(latest(map, "one too many") == nil)
    #expect((0..<900).allSatisfy { latest(map, "key \($0)") == ($0 == 17 ? 901 : Int64($0)) })
  }

  @Test func `it takes no more memory than there can be keys, nor than it may`() throws {
    #expect(try map(bytes: 1 << 30, keys: 100).byteCount < 4000)
    #expect(try map(bytes: 1 << 30, keys: 100).capacity >= 100)
    #expect(try map(bytes: 1 << 20).byteCount <= 1 << 20)
  }

  @Test func `even the smallest map has room for a key`() throws {
    let map = try map(bytes: 0, load: 0.01)
    #expect(map.capacity == 1)
    #expect(put(map, "", 5))
    #expect(!put(map, "b", 6))
    #expect(latest(map, "") == 5)
  }
}
