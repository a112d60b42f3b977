/// Reads the two forms of a time that HTTP and AWS answer with, as milliseconds since 1970.
enum InternetTime {
  /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate).
  static func fromHTTP(_ text: String) -> Int64? {
    let parts = text.split(separator: " ")
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard parts.count == 6, parts[5] == "GMT", let day = number(parts[1]),
      let month = months.firstIndex(of: String(parts[2])), let year = number(parts[3])
    else { return nil }
    return milliseconds(year, month + 1, day, parts[4])
  }

  /// `2026-01-31T23:59:59Z`, with or without a fraction (which is dropped).
  static func fromISO8601(_ text: String) -> Int64? {
    guard text.hasSuffix("Z"), let split = text.firstIndex(of: "T") else { return nil }
    let date = text[..<split].split(separator: "-")
    let time = text[text.index(after: split)...].dropLast().prefix { $0 != "." }
    guard date.count == 3, let year = number(date[0]), let month = number(date[1]),
      let day = number(date[2])
    else { return nil }
    return milliseconds(year, month, day, time)
  }

  private static func milliseconds(
    _ year: Int, _ month: Int, _ day: Int, _ time: Substring
  ) -> Int64? {
    let clock = time.split(separator: ":").map(number)
    guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
      (1...12).contains(month), (1...31).contains(day), (1...9999).contains(year), hour < 24,
      minute < 60, second < 61
    else { return nil }
    // Days since 1970-01-01, with years that begin in March, so that the leap day comes last.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Int64(((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000
  }

  /// Digits only: no sign.
  private static func number(_ text: Substring) -> Int? {
    guard text.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}
