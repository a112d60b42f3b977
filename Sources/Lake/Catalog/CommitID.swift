import Platform

/// Names one commit for ever: it stands in the names of the files the commit writes, in the
/// metadata version it makes and in the snapshot's summary. Text form: a lower-case UUID.
package struct CommitID: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// A new random one.
  package init(_ random: some RandomSource) {
    let (high, low) = random.uuid()
    description = CommitID.uuidText(high, low)
  }

  /// Reads the text form; nil when it is not one.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12],
      text.utf8.allSatisfy({
        $0 == 0x2d || (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
      })
    else { return nil }
    description = text
  }

  /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
  package static func uuidText(_ high: UInt64, _ low: UInt64) -> String {
    let digits = hex(high) + hex(low)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { text += "-" }
      text.append(digit)
    }
    return text
  }

  /// 16 hexadecimal digits.
  static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
