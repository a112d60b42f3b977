import Platform

extension RandomSource {
  /// A member id that nobody has: a UUID behind the client's own name.
  func memberID(_ prefix: String) -> String {
    let (high, low) = uuid()
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return [
      prefix, hex(high >> 32, 8), hex(high >> 16 & 0xffff, 4), hex(high & 0xffff, 4),
      hex(low >> 48, 4), hex(low & 0xffff_ffff_ffff, 12),
    ].joined(separator: "-")
  }
}
