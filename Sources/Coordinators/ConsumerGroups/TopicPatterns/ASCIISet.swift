/// A set of ASCII characters: what one step of a pattern takes. Topic names have no others.
struct ASCIISet: Equatable, Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  static let empty = ASCIISet()
  static let all = ASCIISet(0...127)
  static let digits = ASCIISet("0"..."9")
  static let upper = ASCIISet("A"..."Z")
  static let lower = ASCIISet("a"..."z")
  static let letters = upper.union(lower)
  static let words = letters.union(digits).union(ASCIISet("_"..."_"))
  /// Of RE2's `\s`.
  static let spaces = ASCIISet(9...10).union(ASCIISet(12...13)).union(ASCIISet(32...32))

  init() {}

  init(_ codes: ClosedRange<UInt32>) {
    for code in codes { insert(code) }
  }

  init(_ scalars: ClosedRange<Unicode.Scalar>) {
    self.init(scalars.lowerBound.value...scalars.upperBound.value)
  }

  /// Codes above ASCII are left out.
  mutating func insert(_ code: UInt32) {
    switch code {
    case 0..<64: low |= 1 << UInt64(code)
    case 64..<128: high |= 1 << UInt64(code - 64)
    default: break
    }
  }

  func contains(_ code: UInt8) -> Bool {
    code < 64 ? low >> UInt64(code) & 1 == 1 : code < 128 && high >> UInt64(code - 64) & 1 == 1
  }

  func union(_ other: ASCIISet) -> ASCIISet {
    var all = self
    all.low |= other.low
    all.high |= other.high
    return all
  }

  var inverted: ASCIISet {
    var others = self
    others.low = ~low
    others.high = ~high
    return others
  }

  /// With every letter's other case.
  var ignoringCase: ASCIISet {
    let letters: UInt64 = 0x07ff_fffe
    var both = self
    both.high |= (high & letters) << 32 | high >> 32 & letters
    return both
  }
}
