import Platform

/// One HTTP request. Names and values of headers must hold no line breaks.
struct HTTPRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  var method: Method
  /// Percent-encoded already.
  var url: String
  var headers: [(name: String, value: String)] = []
  var body: [ByteBlock] = []
  /// A longer response body is an error.
  var responseLimit = 1 << 20
  var connectTimeoutMilliseconds: Int64 = 5_000
  var totalTimeoutMilliseconds: Int64 = 60_000
  /// Keeps libcurl from repeating the request by itself on a kept connection that turns out dead.
  var needsFreshConnection = false

  init(_ method: Method, _ url: String) {
    self.method = method
    self.url = url
  }
}

/// What a server answered.
struct HTTPResponse: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  let body: ByteBlock

  init(status: Int, headers: [(name: String, value: String)], body: ByteBlock) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The value of the first header of that (lower-case) name.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// Splits header lines; what is no header line is left out.
  static func parseHeaders(_ bytes: UnsafeRawBufferPointer) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    for line in bytes.split(whereSeparator: { $0 == 0x0d || $0 == 0x0a }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      var value = line[line.index(after: colon)...]
      while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
      while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
      headers.append((name, String(decoding: value, as: UTF8.self)))
    }
    return headers
  }
}

/// Why there is no answer.
enum HTTPFailure: Error, Sendable {
  /// The server has seen nothing of the request.
  case notSent(String)
  /// The connection broke after the request was sent, in whole or in part.
  case broken(String)
  case timedOut(String)
  case tooLarge(limit: Int)
  /// A certificate, the URL or a setting is wrong.
  case refused(String)
  case cancelled
  /// Too many requests wait already.
  case overloaded
}
