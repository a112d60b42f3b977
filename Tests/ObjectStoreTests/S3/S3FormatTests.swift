import Testing

@testable import ObjectStore

struct S3FormatTests {
  @Test func `all but unreserved characters are encoded, with capital digits`() {
    let plain = "ABCxyz019-._~"
    #expect(PercentEncoding.encode(plain) == plain)
    #expect(
      PercentEncoding.encode("a/b c+d=é%*'()!", keepingSlashes: true)
        == "a/b%20c%2Bd%3D%C3%A9%25%2A%27%28%29%21")
    #expect(PercentEncoding.encode("a/b") == "a%2Fb")
  }

  @Test func `listings are decoded, nonsense is not`() {
    #expect(PercentEncoding.decode("a%20b+c%2Bd%c3%A9/x") == "a b c+dé/x")
    for text in ["%", "%1", "%zz", "%ff", "a%4"] { #expect(PercentEncoding.decode(text) == nil) }
    for name in ObjectStoreContract.hostileNames {
      #expect(PercentEncoding.decode(PercentEncoding.encode(name)) == name)
    }
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", Int64(784_111_777_000)),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199_000),
    ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
    ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("", nil), ("Sun, -6 Nov 1994 08:49:37 GMT", nil),
  ])
  func `the time of a Date header`(text: String, milliseconds: Int64?) {
    #expect(InternetTime.fromHTTP(text) == milliseconds)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", Int64(0)), ("2026-01-31T23:59:59.123Z", 1_769_903_999_000),
    ("2000-02-29T12:00:00Z", 951_825_600_000), ("2026-13-01T00:00:00Z", nil),
    ("2026-01-31 23:59:59", nil), ("Z", nil), ("T", nil), ("", nil),
  ])
  func `the time at which credentials end`(text: String, milliseconds: Int64?) {
    #expect(InternetTime.fromISO8601(text) == milliseconds)
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{3ff}\u{3fe}", "z7/Pvg=="),
  ])
  func `base64 by the RFC's own vectors`(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
  }

  @Test func `a checksum header holds the highest byte first`() {
    #expect(Base64.encode(UInt32(0x0102_0304)) == Base64.encode([1, 2, 3, 4]))
  }

  @Test(arguments: [
    ("bytes 0-9/443", 10, Int64(0), Int64(443)), ("bytes 5-5/6", 1, 5, 6),
  ])
  func `a range in an answer is understood`(text: String, count: Int, start: Int64, total: Int64) {
    let range = S3Store.contentRange(text, count)
    #expect(range?.start == start)
    #expect(range?.total == total)
  }

  @Test(arguments: [
    "", "bytes */443", "bytes 0-9/*", "bytes 0-8/443", "bytes 9-0/443", "bytes 0-9/9",
    "items 0-9/443",
    "bytes -1-8/443", "bytes 0/9-443", "bytes 99999999999999999999-9/10",
  ])
  func `a range without sense is not`(text: String) {
    #expect(S3Store.contentRange(text, 10) == nil)
  }

  @Test func `tags lose their quotes, and an empty one is none`() {
    #expect(S3Store.tag("\"abc\"") == "abc")
    #expect(S3Store.tag("abc-3") == "abc-3")
    #expect(S3Store.tag("") == nil)
    #expect(S3Store.tag("\"\"") == nil)
    #expect(S3Store.tag("\"") == "\"")
    #expect(S3Store.tag(nil) == nil)
  }
}
