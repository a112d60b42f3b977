import Platform
import Testing

@testable import Lake

struct InflateTests {
  /// Raw deflate streams that zlib 1.2.13 made, and the text in them.
  private static let golden: [(level: String, hex: String, text: String)] = [
    (
      "stored",
      "010500faff7661727665",
      "varve"
    ),
    (
      "fixed",
      "2bc94855282ccd4cce56482aca2fcf5348cbafd0512841134cc94f0700",
      "the quick brown fox, the quick brown dog"
    ),
    (
      "dynamic",
      "4d914b0e03310843afd20b540a9f1072a0ce7616edfdd54a5578ec90e3d8c6dcd7f57e7d9ee371ff0739"
        + "839f61d7539c49e799ac302f5ed4d72c35193828a83be2f86c8c70d2099ac53575a2901d3777d02ceed4"
        + "5298ab7403b7005d70170a89eec66d47db986832482cc222d2f613656db1d686b79266eb2e5aa5d19a5e"
        + "f42fe9ad556ea5a3f52aedae3a8aaf364a477d0877c057a3e1abf1b3e96cf4adf99a90e777452e6ae437"
        + "4ff902",
      (0..<60).map { "offset-\($0 * $0)" }.joined(separator: " ")
    ),
    (
      "repeats",
      "edc2411100000c02a0ac6aff0e0bb12f1ce9a2aaaaaaaaaafe1e",
      String(repeating: "abc", count: 2000)
    ),
  ]

  private func bytes(_ hex: String) -> [UInt8] {
    var result: [UInt8] = []
    var digits = hex.utf8.makeIterator()
    while let high = digits.next(), let low = digits.next() {
      let pair = String(decoding: [high, low], as: UTF8.self)
      result.append(UInt8(pair, radix: 16)!)
    }
    return result
  }

  private func inflate(_ input: [UInt8], limit: Int = 1 << 20) throws(LakeError) -> [UInt8] {
    let block = ByteBlock(input)
    let result = try Inflate.decompress(block.bytes, maximumByteCount: limit, file: "x")
    withExtendedLifetime(block) {}
    return result.array
  }

  @Test(arguments: golden.indices)
  func `stored, fixed and dynamic blocks of zlib are read`(index: Int) throws {
    let (_, hex, text) = Self.golden[index]
    #expect(try inflate(bytes(hex)) == Array(text.utf8))
  }

  @Test(arguments: golden.indices)
  func `truncated streams are refused`(index: Int) throws {
    let whole = bytes(Self.golden[index].hex)
    for end in 0..<whole.count {
      #expect(throws: LakeError.self) { try inflate(Array(whole[..<end])) }
    }
  }

  @Test func `a bomb is stopped at the limit`() throws {
    let input = bytes(Self.golden[3].hex)
    #expect(throws: LakeError.self) { try inflate(input, limit: 2_000) }
  }

  @Test func `damaged streams never crash`() throws {
    let random = SeededRandom(seed: 3)
    for (_, hex, _) in Self.golden {
      for _ in 0..<1_000 {
        var input = bytes(hex)
        input[random.below(input.count)] = UInt8(truncatingIfNeeded: random.next())
        _ = try? inflate(input)
      }
    }
  }
}
