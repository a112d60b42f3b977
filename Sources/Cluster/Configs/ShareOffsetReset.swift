/// Where a share group begins in a partition that it has not read yet (`share.auto.offset.reset`).
package enum ShareOffsetReset: Equatable, Sendable {
  case earliest, latest
  /// The first record that is not older than this.
  case byDuration(milliseconds: Int64)

  private static let durationPrefix = "by_duration:"
  private static let day: [(unit: Character, milliseconds: Int64)] = [("d", 86_400_000)]
  private static let time: [(unit: Character, milliseconds: Int64)] = [
    ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// Reads `earliest`, `latest`, or `by_duration:` and an ISO 8601 duration in days and smaller
  /// units such as `P1DT6H` or `PT0.5S`, in letters of any case; nil for anything else, as a
  /// negative duration.
  package init?(_ text: String) {
    let text = text.lowercased()
    switch text {
    case "earliest": self = .earliest
    case "latest": self = .latest
    default:
      guard text.hasPrefix(Self.durationPrefix),
        let duration = Self.duration(text.dropFirst(Self.durationPrefix.count))
      else { return nil }
      self = .byDuration(milliseconds: duration)
    }
  }

  private static func duration(_ text: Substring) -> Int64? {
    guard text.first == "p" else { return nil }
    let parts = text.dropFirst().split(
      separator: "t", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.last?.isEmpty == false, let days = sum(parts[0], day),
      let rest = parts.count < 2 ? 0 : sum(parts[1], time)
    else { return nil }
    let (total, isFar) = days.addingReportingOverflow(rest)
    return isFar ? nil : total
  }

  /// The sum of numbers that are each followed by their unit, in the order of the units; that of
  /// seconds may have a fraction.
  private static func sum(
    _ text: Substring, _ units: [(unit: Character, milliseconds: Int64)]
  ) -> Int64? {
    var rest = text
    var total: Int64 = 0
    for (unit, milliseconds) in units {
      guard let end = rest.firstIndex(of: unit) else { continue }
      let parts = rest[..<end].split(
        separator: ".", maxSplits: unit == "s" ? 1 : 0, omittingEmptySubsequences: false)
      guard let number = wholeNumber(parts[0]),
        let fraction = parts.count < 2 ? 0 : thousandths(parts[1])
      else { return nil }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: milliseconds)
      let (sum, isFar) = total.addingReportingOverflow(product)
      let (whole, isFarther) = sum.addingReportingOverflow(fraction)
      if isTooLarge || isFar || isFarther { return nil }
      total = whole
      rest = rest[rest.index(after: end)...]
    }
    return rest.isEmpty ? total : nil
  }

  private static func thousandths(_ digits: Substring) -> Int64? {
    wholeNumber(digits) == nil ? nil : Int64((digits + "00").prefix(3))
  }

  private static func wholeNumber(_ digits: Substring) -> Int64? {
    digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? Int64(digits) : nil
  }
}
