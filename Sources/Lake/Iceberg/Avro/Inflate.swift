import Platform

/// Decompresses raw deflate streams (RFC 1951), for manifests that other writers compressed.
///
/// The reference algorithm of canonical Huffman codes, a bit at a time: manifests are small, and a
/// system library for this one use would be one more to install.
enum Inflate {
  /// The plain bytes; refuses more than `maximumByteCount` of them, and every malformed stream.
  static func decompress(
    _ bytes: UnsafeRawBufferPointer, maximumByteCount: Int, file: String
  ) throws(LakeError) -> ByteBlock {
    var state = InflateState(input: bytes, maximumByteCount: maximumByteCount)
    do throws(InflateFailure) { try state.run() } catch {
      throw .corrupt(file: file, reason: "bad deflate stream: \(error.reason)")
    }
    return state.takeOutput()
  }
}

private struct InflateFailure: Error {
  let reason: String
}

/// A canonical Huffman code: how many codes of each length, and the symbols in code order.
private struct HuffmanCode {
  private var counts = [Int](repeating: 0, count: 16)
  private var symbols: [Int]

  init(lengths: ArraySlice<Int>) throws(InflateFailure) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    var left = 1
    for length in 1..<16 {
      left = left << 1 - counts[length]
      if left < 0 { throw InflateFailure(reason: "over-subscribed code") }
    }
    var starts = [Int](repeating: 0, count: 17)
    for length in 1..<16 { starts[length + 1] = starts[length] + counts[length] }
    symbols = [Int](repeating: 0, count: lengths.count)
    for (symbol, length) in lengths.enumerated() where length != 0 {
      symbols[starts[length]] = symbol
      starts[length] += 1
    }
  }

  func decode(_ nextBit: () throws(InflateFailure) -> Int) throws(InflateFailure) -> Int {
    var code = 0
    var first = 0
    var index = 0
    for length in 1..<16 {
      code |= try nextBit()
      let count = counts[length]
      if code - count < first { return symbols[index + (code - first)] }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw InflateFailure(reason: "no such code")
  }
}

private struct InflateState: ~Copyable {
  private let input: UnsafeRawBufferPointer
  private let maximumByteCount: Int
  private var position = 0
  private var held = 0
  private var heldBits = 0
  private var output = ByteWriter(capacity: 64 << 10)

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let lengthExtraBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  /// The order in which a dynamic block names the lengths of its code-length code.
  private static let codeLengthOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]

  init(input: UnsafeRawBufferPointer, maximumByteCount: Int) {
    self.input = input
    self.maximumByteCount = maximumByteCount
  }

  consuming func takeOutput() -> ByteBlock { output.finish() }

  mutating func run() throws(InflateFailure) {
    var isLast = false
    while !isLast {
      isLast = try bits(1) == 1
      switch try bits(2) {
      case 0: try stored()
      case 1: try compressed(lengths: Self.fixedLengths, literalCount: 288)
      case 2: try dynamic()
      default: throw InflateFailure(reason: "unknown block type")
      }
    }
  }

  private static let fixedLengths: [Int] =
    [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112)
    + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8)
    + [Int](repeating: 5, count: 30)

  private mutating func bits(_ count: Int) throws(InflateFailure) -> Int {
    while heldBits < count {
      guard position < input.count else { throw InflateFailure(reason: "cut short") }
      held |= Int(input[position]) << heldBits
      position += 1
      heldBits += 8
    }
    let value = held & ((1 << count) - 1)
    held >>= count
    heldBits -= count
    return value
  }

  private mutating func symbol(_ code: HuffmanCode) throws(InflateFailure) -> Int {
    try code.decode { () throws(InflateFailure) in try bits(1) }
  }

  private mutating func stored() throws(InflateFailure) {
    held = 0
    heldBits = 0
    let count = try bits(16)
    guard try bits(16) == ~count & 0xffff, count <= input.count - position else {
      throw InflateFailure(reason: "bad stored block")
    }
    try admit(count)
    output.write(bytes: UnsafeRawBufferPointer(rebasing: input[position..<position + count]))
    position += count
  }

  private mutating func dynamic() throws(InflateFailure) {
    let literalCount = try bits(5) + 257
    let distanceCount = try bits(5) + 1
    let lengthCount = try bits(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else {
      throw InflateFailure(reason: "too many codes")
    }
    var lengths = [Int](repeating: 0, count: 19)
    for index in 0..<lengthCount { lengths[Self.codeLengthOrder[index]] = try bits(3) }
    let lengthCode = try HuffmanCode(lengths: lengths[...])
    lengths = []
    while lengths.count < literalCount + distanceCount {
      let next = try symbol(lengthCode)
      switch next {
      case 0..<16: lengths.append(next)
      case 16:
        guard let last = lengths.last else { throw InflateFailure(reason: "nothing to repeat") }
        lengths += [Int](repeating: last, count: try bits(2) + 3)
      case 17: lengths += [Int](repeating: 0, count: try bits(3) + 3)
      default: lengths += [Int](repeating: 0, count: try bits(7) + 11)
      }
    }
    guard lengths.count == literalCount + distanceCount, lengths[256] != 0 else {
      throw InflateFailure(reason: "bad code lengths")
    }
    try compressed(lengths: lengths, literalCount: literalCount)
  }

  private mutating func compressed(lengths: [Int], literalCount: Int) throws(InflateFailure) {
    let literals = try HuffmanCode(lengths: lengths[..<literalCount])
    let distances = try HuffmanCode(lengths: lengths[literalCount...])
    while true {
      let next = try symbol(literals)
      if next == 256 { return }
      if next < 256 {
        try admit(1)
        output.write(UInt8(next))
        continue
      }
      guard next <= 285 else { throw InflateFailure(reason: "bad length code") }
      let count = Self.lengthBases[next - 257] + (try bits(Self.lengthExtraBits[next - 257]))
      let code = try symbol(distances)
      guard code < 30 else { throw InflateFailure(reason: "bad distance code") }
      let distance = Self.distanceBases[code] + (try bits(code < 4 ? 0 : code / 2 - 1))
      guard distance <= output.count else { throw InflateFailure(reason: "distance too far") }
      try admit(count)
      for _ in 0..<count { output.write(output.bytes[output.count - distance]) }
    }
  }

  private func admit(_ count: Int) throws(InflateFailure) {
    guard output.count + count <= maximumByteCount else {
      throw InflateFailure(reason: "more than \(maximumByteCount) bytes")
    }
  }
}
