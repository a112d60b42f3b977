import Foundation
import Platform

extension LakeLayout {
  /// The keys of a layout file, and those inside `compression`.
  private static let keys = [
    "format", "columns", "partitioning", "sort", "compression", "rowGroupBytes", "pageBytes",
    "targetFileBytes", "retentionMilliseconds", "snapshotExpiryMilliseconds",
  ]
  private static let compressionKeys = ["codec", "level"]
  private static let partitionings = [
    "identity(kafka_partition)", "day(kafka_timestamp)", "hour(kafka_timestamp)",
  ]
  private static let sort = ["kafka_partition", "kafka_offset"]

  private struct Wire: Decodable {
    struct Compression: Decodable {
      var codec: String?
      var level: Int32?
    }

    var format: Int
    var columns: String?
    var partitioning: [String]?
    var sort: [String]?
    var compression: Compression?
    var rowGroupBytes: Int?
    var pageBytes: Int?
    var targetFileBytes: Int64?
    var retentionMilliseconds: Int64?
    var snapshotExpiryMilliseconds: Int64?
  }

  /// Reads a layout file. `name` is the layout's, `file` names the file in errors.
  ///
  /// Foundation reads the values; it gives no lines and takes repeated keys silently, so the keys
  /// are scanned beside it.
  package init(json5 bytes: [UInt8], name: String, file: String) throws(UsageError) {
    let keys = try JSON5Keys.scan(bytes, file: file)
    try LakeLayout.check(keys, file)
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let wire: Wire
    do { wire = try decoder.decode(Wire.self, from: Data(bytes)) } catch {
      throw LakeLayout.translate(error, keys, file)
    }
    let check = LayoutCheck(keys: keys, file: file)
    try check.require(wire.format == 1, "format", "must be 1, the only one that there is")
    try check.require(wire.columns ?? "raw" == "raw", "columns", "must be \"raw\"")
    try check.require(
      wire.sort ?? LakeLayout.sort == LakeLayout.sort, "sort",
      "must be [\"kafka_partition\", \"kafka_offset\"]")
    self.init(
      name: name,
      partitioning: try check.partitioning(
        wire.partitioning ?? ["identity(kafka_partition)"], of: LakeLayout.partitionings))
    if let text = wire.compression?.codec {
      guard let known = Codec(rawValue: text) else {
        throw check.error("compression.codec", "must be \"zstd\", \"snappy\" or \"none\"")
      }
      codec = known
    }
    try take(wire, check)
  }

  /// Takes over the numbers that are given.
  private mutating func take(_ wire: Wire, _ check: LayoutCheck) throws(UsageError) {
    try check.number(wire.compression?.level, "compression.level", 1...19, &level)
    try check.number(wire.rowGroupBytes, "rowGroupBytes", 1 << 20...1 << 30, &rowGroupByteCount)
    try check.number(wire.pageBytes, "pageBytes", 8 << 10...16 << 20, &pageByteCount)
    try check.number(
      wire.targetFileBytes, "targetFileBytes", 1 << 20...16 << 30, &targetFileByteCount)
    try check.number(
      wire.retentionMilliseconds, "retentionMilliseconds", -2...Int64.max, &retentionMilliseconds)
    try check.number(
      wire.snapshotExpiryMilliseconds, "snapshotExpiryMilliseconds", 3_600_000...Int64.max,
      &snapshotExpiryMilliseconds)
  }

  /// Refuses unknown and repeated keys.
  private static func check(_ keys: [JSON5Keys.Key], _ file: String) throws(UsageError) {
    var lines: [String: Int] = [:]
    for key in keys {
      let place = "\(file):\(key.line)"
      if let first = lines.updateValue(key.line, forKey: key.path) {
        throw UsageError(
          "'\(key.path)' is given twice", at: place, hint: "first in line \(first)")
      }
      let parts = key.path.split(separator: ".", omittingEmptySubsequences: false)
      let valid =
        switch parts.count {
        case 1: LakeLayout.keys
        case 2 where parts[0] == "compression": compressionKeys
        default: [String]()
        }
      let name = String(parts[parts.count - 1])
      guard !valid.contains(name) else { continue }
      let nearest = nearestName(to: name, among: valid)
      throw UsageError(
        "unknown key '\(key.path)'", at: place,
        hint: nearest.map { "did you mean '\($0)'?" }
          ?? "the keys are \(valid.joined(separator: ", "))")
    }
  }

  private static func translate(_ error: any Error, _ keys: [JSON5Keys.Key], _ file: String)
    -> UsageError
  {
    guard let error = error as? DecodingError else { return UsageError("\(error)", at: file) }
    let check = LayoutCheck(keys: keys, file: file)
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, _): return check.error(key.stringValue, "is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      let name = path(context)
      if name.isEmpty {
        return UsageError("not a JSON5 object", at: file, hint: context.debugDescription)
      }
      return check.error(name, "has a wrong value: \(context.debugDescription)")
    @unknown default: return UsageError("not a layout", at: file)
    }
  }
}

/// Checks a layout's values and names the line of the key that holds a bad one.
private struct LayoutCheck {
  let keys: [JSON5Keys.Key]
  let file: String

  func error(_ path: String, _ problem: String) -> UsageError {
    let line = keys.last { $0.path == path }?.line
    return UsageError("'\(path)' \(problem)", at: line.map { "\(file):\($0)" } ?? file)
  }

  func require(_ holds: Bool, _ path: String, _ problem: String) throws(UsageError) {
    if !holds { throw error(path, problem) }
  }

  /// Stores a value that is given and lies in the range.
  func number<T: FixedWidthInteger>(
    _ value: T?, _ path: String, _ range: ClosedRange<T>, _ target: inout T
  ) throws(UsageError) {
    guard let value else { return }
    guard range.contains(value) else {
      throw error(path, "must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    target = value
  }

  func partitioning(_ texts: [String], of known: [String]) throws(UsageError)
    -> [LakeLayout.Partitioning]
  {
    var result: [LakeLayout.Partitioning] = []
    for text in texts {
      guard known.contains(text), !result.contains(where: { text.hasSuffix("(\($0.column))") })
      else {
        throw error(
          "partitioning",
          "holds '\(text)'; it takes \(known.joined(separator: ", ")), and each column once")
      }
      let parts = text.dropLast().split(separator: "(")
      result.append(
        .init(transform: Transform(String(parts[0])), column: String(parts[1])))
    }
    return result
  }
}
