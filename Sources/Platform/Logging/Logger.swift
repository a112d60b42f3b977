import CLinux
import Glibc

/// How serious a log line is.
package enum LogLevel: Int, Comparable, Sendable {
  case debug, info, warn, error
  package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// Writes log lines to standard error: time, level, part, what happened, then key=value.
///
/// One `write(2)` a line, so lines of several threads do not mix. Not for the hot path.
package struct Logger: Sendable {
  package typealias Field = (String, any CustomStringConvertible & Sendable)

  /// The part of the program that speaks: "broker", "settle", "s3".
  package let part: String
  /// Of all parts.
  package let levels: LogLevels
  private let threshold: LogLevels.Threshold

  package init(part: String, minimum: LogLevel = .info) {
    self.init(part: part, levels: LogLevels(minimum))
  }

  private init(part: String, levels: LogLevels) {
    self.part = part
    self.levels = levels
    threshold = levels.threshold(of: part)
  }

  /// The least serious line that is written now.
  private var minimum: LogLevel { threshold.level }

  /// The same sink and levels for another part.
  package func named(_ part: String) -> Logger { Logger(part: part, levels: levels) }

  package func debug(_ what: @autoclosure () -> String, _ fields: Field...) {
    if minimum <= .debug { write("DEBUG", what(), fields) }
  }

  package func info(_ what: @autoclosure () -> String, _ fields: Field...) {
    if minimum <= .info { write("INFO", what(), fields) }
  }

  package func warn(_ what: @autoclosure () -> String, _ fields: Field...) {
    if minimum <= .warn { write("WARN", what(), fields) }
  }

  package func error(_ what: @autoclosure () -> String, _ fields: Field...) {
    write("ERROR", what(), fields)
  }

  private func write(_ level: String, _ what: String, _ fields: [Field]) {
    var line = "\(timestamp(varve_wall_milliseconds())) \(level) \(part): \(what)"
    for (key, value) in fields { line += " \(key)=\(quoted(value.description))" }
    line += "\n"
    line.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }

  /// A value with blanks, quotes or control characters goes in quotes, so a line stays one line.
  private func quoted(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x7f }
    if isPlain { return value }
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

/// `2026-01-31T23:59:59.123Z` for milliseconds since 1970.
package func timestamp(_ milliseconds: Int64) -> String {
  let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
  var time = time_t(seconds)
  var parts = tm()
  gmtime_r(&time, &parts)
  func pad(_ value: Int32, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
  let date = "\(pad(parts.tm_year + 1900, 4))-\(pad(parts.tm_mon + 1, 2))-\(pad(parts.tm_mday, 2))"
  let day = "\(pad(parts.tm_hour, 2)):\(pad(parts.tm_min, 2)):\(pad(parts.tm_sec, 2))"
  return "\(date)T\(day).\(pad(Int32(milliseconds - seconds * 1000), 3))Z"
}
