/// A set of Unicode scalars: what one step of a pattern takes.
struct ScalarSet: Equatable, Sendable {
  /// The ASCII ones, as bits.
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  /// The others: ascending, apart from each other, from 128 on.
  private var ranges: [ClosedRange<UInt32>] = []

  private static let others: ClosedRange<UInt32> = 128...0x10_ffff

  static let empty = ScalarSet()
  static let ascii = ScalarSet(UInt32(0)...127)
  static let all = ScalarSet(UInt32(0)...others.upperBound)
  static let digits = ScalarSet("0"..."9")
  static let upper = ScalarSet("A"..."Z")
  static let lower = ScalarSet("a"..."z")
  static let letters = upper.union(lower)
  static let words = letters.union(digits).union(ScalarSet("_"..."_"))
  /// Of RE2's `\s`.
  static let spaces = ScalarSet(UInt32(9)...10).union(ScalarSet(UInt32(12)...13))
    .union(ScalarSet(" "..." "))

  init() {}

  init(_ codes: ClosedRange<UInt32>) {
    if codes.lowerBound < 128 {
      for code in codes.lowerBound...min(codes.upperBound, 127) { setBit(code) }
    }
    if codes.upperBound >= 128 { ranges = [max(codes.lowerBound, 128)...codes.upperBound] }
  }

  init(_ scalars: ClosedRange<Unicode.Scalar>) {
    self.init(scalars.lowerBound.value...scalars.upperBound.value)
  }

  /// Adds a code above all that are in the set.
  mutating func append(_ code: UInt32) {
    if code < 128 {
      setBit(code)
    } else if let last = ranges.last, last.upperBound == code - 1 {
      ranges[ranges.count - 1] = last.lowerBound...code
    } else {
      ranges.append(code...code)
    }
  }

  private mutating func setBit(_ code: UInt32) {
    if code < 64 { low |= 1 << UInt64(code) } else { high |= 1 << UInt64(code - 64) }
  }

  mutating func insert(_ code: UInt32) { self = union(ScalarSet(code...code)) }

  func contains(_ code: UInt32) -> Bool {
    if code < 64 { return low >> UInt64(code) & 1 == 1 }
    if code < 128 { return high >> UInt64(code - 64) & 1 == 1 }
    var (first, end) = (0, ranges.count)
    while first < end {
      let middle = (first + end) / 2
      if ranges[middle].contains(code) { return true }
      if ranges[middle].upperBound < code { first = middle + 1 } else { end = middle }
    }
    return false
  }

  func union(_ other: ScalarSet) -> ScalarSet {
    var all = self
    all.low |= other.low
    all.high |= other.high
    guard !other.ranges.isEmpty else { return all }
    all.ranges = []
    for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = all.ranges.last, range.lowerBound <= last.upperBound + 1 {
        let end = max(last.upperBound, range.upperBound)
        all.ranges[all.ranges.count - 1] = last.lowerBound...end
      } else {
        all.ranges.append(range)
      }
    }
    return all
  }

  var inverted: ScalarSet {
    var others = ScalarSet()
    others.low = ~low
    others.high = ~high
    var next = Self.others.lowerBound
    for range in ranges {
      if next < range.lowerBound { others.ranges.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.others.upperBound { others.ranges.append(next...Self.others.upperBound) }
    return others
  }

  /// With every letter's other case; above ASCII only that of letters that stand alone, not of
  /// those in a range or a class.
  var ignoringCase: ScalarSet {
    let letters: UInt64 = 0x07ff_fffe
    var both = self
    both.high |= (high & letters) << 32 | high >> 32 & letters
    for range in ranges where range.count == 1 {
      guard let properties = Unicode.Scalar(range.lowerBound)?.properties else { continue }
      for text in [properties.lowercaseMapping, properties.uppercaseMapping] {
        let scalars = text.unicodeScalars
        if scalars.count == 1 { both.insert(scalars.first!.value) }
      }
    }
    return both
  }
}
