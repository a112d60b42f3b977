import Platform

/// Signs requests by AWS Signature Version 4, with the signature in the `Authorization` header
/// (AWS, "Signature Version 4 signing process").
struct SignatureV4 {
  let credentials: S3Credentials
  let region: String
  /// "s3", "sts".
  let service: String

  /// The parts of a request that are signed.
  struct Request {
    let method: String
    /// Percent-encoded, begins with a slash.
    let path: String
    /// Not encoded, in any order.
    var query: [(name: String, value: String)] = []
    /// Every one of them is signed; `host` must be among them.
    var headers: [(name: String, value: String)]
    /// Lower-case hexadecimal SHA-256 of the body.
    let bodyDigest: String
  }

  static let emptyBodyDigest = hexadecimal(ObjectDigest.sha256([UInt8]()))

  /// The value of the `Authorization` header, for a request whose headers hold the same time as
  /// `x-amz-date`.
  func authorization(for request: Request, milliseconds: Int64) -> String {
    let time = Self.timestamp(milliseconds)
    let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
    let (canonical, names) = Self.canonical(request)
    let digest = hexadecimal(ObjectDigest.sha256(Array(canonical.utf8)))
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(digest)"
    var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
    for step in [String(time.prefix(8)), region, service, "aws4_request", text] {
      key = ObjectDigest.hmacSHA256(key: key, Array(step.utf8))
    }
    return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope),"
      + "SignedHeaders=\(names),Signature=\(hexadecimal(key))"
  }

  /// The canonical request and the names of its headers.
  static func canonical(_ request: Request) -> (text: String, headerNames: String) {
    let headers = request.headers
      .map { (name: $0.name.lowercased(), value: squeezed($0.value)) }
      .sorted { ObjectKey.precedes($0.name, $1.name) }
    let names = headers.map(\.name).joined(separator: ";")
    var text = "\(request.method)\n\(request.path)\n\(queryString(request.query))\n"
    for header in headers { text += "\(header.name):\(header.value)\n" }
    text += "\n\(names)\n\(request.bodyDigest)"
    return (text, names)
  }

  /// The query as it is signed and sent: encoded, in the order of the encoded names and values.
  static func queryString(_ query: [(name: String, value: String)]) -> String {
    query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
      .sorted { $0.0 == $1.0 ? ObjectKey.precedes($0.1, $1.1) : ObjectKey.precedes($0.0, $1.0) }
      .map { "\($0)=\($1)" }.joined(separator: "&")
  }

  /// `20130524T000000Z`.
  static func timestamp(_ milliseconds: Int64) -> String {
    let text = Platform.timestamp(milliseconds)
    return text.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
  }

  /// Without blanks at the ends, and with one blank for several.
  private static func squeezed(_ value: String) -> String {
    value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
  }
}
