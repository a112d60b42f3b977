/// The Unicode classes that patterns may name.
struct UnicodeClasses: Sendable {
  /// Found out when one is first used: looks at every character once.
  static let all = UnicodeClasses()

  private(set) var upper = ScalarSet()
  private(set) var lower = ScalarSet()
  private(set) var letters = ScalarSet()
  private(set) var digits = ScalarSet()
  private(set) var numbers = ScalarSet()
  private(set) var punctuation = ScalarSet()

  private init() {
    // Above plane 3 there are none of these.
    for code in UInt32(0)...0x3_ffff {
      guard let scalar = Unicode.Scalar(code) else { continue }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter:
        upper.append(code)
        letters.append(code)
      case .lowercaseLetter:
        lower.append(code)
        letters.append(code)
      case .titlecaseLetter, .modifierLetter, .otherLetter: letters.append(code)
      case .decimalNumber:
        digits.append(code)
        numbers.append(code)
      case .letterNumber, .otherNumber: numbers.append(code)
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
        .initialPunctuation, .finalPunctuation, .otherPunctuation:
        punctuation.append(code)
      default: break
      }
    }
  }
}
