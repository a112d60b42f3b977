import Platform
import Synchronization

/// Signs requests to one bucket and sends them; puts failures into words.
///
/// It repeats a request only when the server has refused it before looking at it: once for a clock
/// that is wrong, once for credentials that have ended.
final class S3Session: Sendable {
  /// A request to the bucket, or to an object in it.
  struct Request {
    let method: HTTPRequest.Method
    /// The key with the store's prefix; nil for the bucket itself.
    var key: String?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: [ByteBlock] = []
    var responseLimit = 16 << 20
    var condition = PutCondition.none
    /// Bytes expected in the answer: for the timeout.
    var expectedByteCount: Int64 = 0

    init(_ method: HTTPRequest.Method, _ key: String? = nil) {
      self.method = method
      self.key = key
    }

    var isWrite: Bool { method != .get && method != .head }
  }

  let configuration: S3Configuration
  private let client: HTTPClient
  private let cache: CredentialsCache
  private let clock: any Clock
  private let base: (origin: String, host: String, path: String)
  /// Server's time minus ours, once the server has complained; milliseconds.
  private let skew = Atomic<Int64>(0)

  init(
    _ configuration: S3Configuration, client: HTTPClient, credentials: CredentialsCache,
    clock: any Clock
  ) {
    self.configuration = configuration
    self.client = client
    cache = credentials
    self.clock = clock
    base = configuration.base
  }

  /// Sends a request; an answer other than 2xx is thrown.
  func send(_ request: Request) async throws(ObjectStoreError) -> HTTPResponse {
    let digest =
      request.body.isEmpty
      ? SignatureV4.emptyBodyDigest : hexadecimal(ObjectDigest.sha256(request.body))
    var canMendClock = true
    var canRenew = true
    while true {
      let credentials = try await cache.credentials()
      let response: HTTPResponse
      switch await client.send(signed(request, digest, credentials)) {
      case .success(let answer): response = answer
      case .failure(let failure):
        throw S3Failure.error(
          failure, describe(request), key: subject(of: request), isWrite: request.isWrite)
      }
      if (200..<300).contains(response.status) { return response }
      if canMendClock, response.status == 403 || response.status == 400, mendClock(response) {
        canMendClock = false
        continue
      }
      let failure = S3Failure(response)
      let isExpired = ["ExpiredToken", "TokenRefreshRequired"].contains(failure.code)
      if canRenew && isExpired && credentials.expiresAtMilliseconds != nil {
        canRenew = false
        await cache.discard(credentials)
        continue
      }
      throw failure.error(
        describe(request), key: subject(of: request), isWrite: request.isWrite,
        condition: request.condition)
    }
  }

  /// `PUT s3://bucket/key`.
  func describe(_ request: Request) -> String {
    let target = request.key.map { "/\($0)" } ?? ""
    return "\(request.method.rawValue) s3://\(configuration.bucket)\(target)"
  }

  /// The key as the store's users know it.
  private func subject(of request: Request) -> String {
    guard let key = request.key else { return configuration.bucket }
    let prefix = configuration.prefix
    return prefix.isEmpty ? key : String(Substring(key.utf8.dropFirst(prefix.utf8.count + 1)))
  }

  private func signed(_ request: Request, _ digest: String, _ credentials: S3Credentials)
    -> HTTPRequest
  {
    let now = clock.wallMilliseconds() + skew.load(ordering: .relaxed)
    let key = request.key.map { "/" + PercentEncoding.encode($0, keepingSlashes: true) } ?? ""
    let path = base.path + key
    var headers = request.headers
    headers.append(("Host", base.host))
    headers.append(("x-amz-content-sha256", digest))
    headers.append(("x-amz-date", SignatureV4.timestamp(now)))
    if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
    let signature = SignatureV4(
      credentials: credentials, region: configuration.region, service: "s3")
    let authorization = signature.authorization(
      for: SignatureV4.Request(
        method: request.method.rawValue, path: path.isEmpty ? "/" : path, query: request.query,
        headers: headers, bodyDigest: digest),
      milliseconds: now)
    let query = SignatureV4.queryString(request.query)
    let target = (path.isEmpty ? "/" : path) + (query.isEmpty ? "" : "?" + query)
    var http = HTTPRequest(request.method, base.origin + target)
    http.headers = headers + [("Authorization", authorization)]
    http.body = request.body
    http.responseLimit = request.responseLimit
    http.connectTimeoutMilliseconds = configuration.connectTimeoutMilliseconds
    let moved = request.body.reduce(request.expectedByteCount) { $0 + Int64($1.count) }
    http.totalTimeoutMilliseconds =
      configuration.requestTimeoutMilliseconds
      + (moved >> 20) * configuration.extraMillisecondsPerMebibyte
    // libcurl repeats a request by itself when a kept connection turns out to be dead: never this.
    http.needsFreshConnection = request.condition != .none
    return http
  }

  /// Takes over the server's time when ours is so far off that it refuses signatures (AWS: 15
  /// minutes); false when that is not what is wrong.
  private func mendClock(_ response: HTTPResponse) -> Bool {
    guard let date = response.header("date"), let server = InternetTime.fromHTTP(date) else {
      return false
    }
    let difference = server - clock.wallMilliseconds()
    guard abs(difference - skew.load(ordering: .relaxed)) > 4 * 60 * 1_000 else { return false }
    skew.store(difference, ordering: .relaxed)
    return true
  }
}
