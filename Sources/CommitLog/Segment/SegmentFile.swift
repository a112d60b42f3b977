import Records

/// The kinds of files a segment has, named `<20-digit base offset>.<kind>`.
enum SegmentFile: String, CaseIterable {
  case log
  case offsetIndex = "index"
  case timeIndex = "timeindex"
  case transactionIndex = "txnindex"
  case snapshot

  /// What removed files are called until they are unlinked.
  static let deletedSuffix = ".deleted"
  /// What a cleaned segment's files are called while they are written.
  static let cleanedSuffix = ".cleaned"
  /// What they are called from when they are whole until they have their place.
  static let swapSuffix = ".swap"

  func path(in directory: String, base: Offset) -> String {
    "\(directory)/\(SegmentFile.stem(base)).\(rawValue)"
  }

  /// The base offset and kind of a file name; nil for other files.
  static func parse(_ name: String) -> (base: Offset, kind: SegmentFile)? {
    guard let dot = name.firstIndex(of: "."),
      let kind = SegmentFile(rawValue: String(name[name.index(after: dot)...])),
      name[..<dot].utf8.count == 20, name[..<dot].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let base = Int64(name[..<dot])
    else { return nil }
    return (Offset(base), kind)
  }

  private static func stem(_ base: Offset) -> String {
    let digits = String(base.rawValue)
    return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
  }
}
