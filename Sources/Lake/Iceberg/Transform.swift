/// How a partition value is made of a column's value (spec, "Partition Transforms").
///
/// Only what the built-in layouts use is computed here; other names are carried, so that a table
/// that has them can be read.
package enum Transform: Hashable, Sendable, CustomStringConvertible {
  case identity
  /// Days since 1970-01-01, in UTC.
  case day
  /// Hours since 1970-01-01T00:00Z.
  case hour
  /// `bucket[16]`, `truncate[4]`, `void`, … as spelt in the spec.
  case other(String)

  package init(_ text: String) {
    switch text {
    case "identity": self = .identity
    case "day": self = .day
    case "hour": self = .hour
    default: self = .other(text)
    }
  }

  package var description: String {
    switch self {
    case .identity: "identity"
    case .day: "day"
    case .hour: "hour"
    case .other(let name): name
    }
  }

  /// The day of a timestamp: floor division, so −1 µs lies in day −1.
  package static func day(microseconds: Int64) -> Int32 {
    Int32(clamping: floorDivide(microseconds, 86_400_000_000))
  }

  /// The hour of a timestamp: floor division.
  package static func hour(microseconds: Int64) -> Int32 {
    Int32(clamping: floorDivide(microseconds, 3_600_000_000))
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    let quotient = value / by
    return value % by < 0 ? quotient - 1 : quotient
  }
}

extension Transform: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
