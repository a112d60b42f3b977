import CCurl
import Platform

/// What runs on the thread of an `HTTPClient`: starts transfers, moves bytes, gives answers.
final class HTTPLoop: @unchecked Sendable {
  // @unchecked: made by the client's initialiser and used by its thread alone.
  private struct Transfer {
    let job: HTTPClient.Job
    let request: OpaquePointer
  }

  private let curl: OpaquePointer
  private let limits: HTTPClient.Limits
  private var waiting: [HTTPClient.Job] = []
  private var transfers: [UInt64: Transfer] = [:]
  private var nextToken: UInt64 = 1
  /// Jobs that stopped waiting in the last turn.
  private(set) var startedJobs = 0

  init(curl: OpaquePointer, limits: HTTPClient.Limits) {
    self.curl = curl
    self.limits = limits
  }

  /// Takes new jobs in, does what can be done, and waits up to a second for more.
  func turn(_ jobs: [HTTPClient.Job]) {
    waiting += jobs
    dropCancelled()
    startWaiting()
    _ = varve_curl_perform(curl)
    var hasEnded = false
    while let request = varve_curl_next(curl) {
      hasEnded = true
      finish(request)
    }
    // An ended transfer makes room for a waiting one.
    if !hasEnded { _ = varve_curl_wait(curl, 1_000) }
  }

  /// Breaks off whatever is left.
  func end() {
    for job in waiting { job.answer(.failure(.cancelled)) }
    for transfer in transfers.values {
      varve_curl_free(curl, transfer.request)
      transfer.job.answer(.failure(.cancelled))
    }
    waiting = []
    transfers = [:]
  }

  private func dropCancelled() {
    for (token, transfer) in transfers where transfer.job.isCancelled.load(ordering: .acquiring) {
      varve_curl_free(curl, transfer.request)
      transfers[token] = nil
      transfer.job.answer(.failure(.cancelled))
    }
  }

  private func startWaiting() {
    startedJobs = 0
    while startedJobs < waiting.count, transfers.count < limits.connections {
      let job = waiting[startedJobs]
      startedJobs += 1
      if job.isCancelled.load(ordering: .acquiring) {
        job.answer(.failure(.cancelled))
        continue
      }
      let token = nextToken
      nextToken += 1
      if let request = start(job.request, token) {
        transfers[token] = Transfer(job: job, request: request)
      } else {
        job.answer(.failure(.refused("libcurl does not take the request to \(job.request.url)")))
      }
    }
    waiting.removeFirst(startedJobs)
  }

  private func start(_ request: HTTPRequest, _ token: UInt64) -> OpaquePointer? {
    var strings = [request.method.rawValue, request.url, limits.certificateAuthorityFile ?? ""]
    strings += request.headers.map { "\($0.name): \($0.value)" }
    let body = request.body.map {
      iovec(
        iov_base: UnsafeMutableRawPointer(mutating: $0.bytes.baseAddress), iov_len: $0.count)
    }
    return Self.withCStrings(strings) { strings in
      body.withUnsafeBufferPointer { body in
        strings.withUnsafeBufferPointer { strings in
          var options = varve_curl_options()
          options.method = strings[0]
          options.url = strings[1]
          options.ca_file = limits.certificateAuthorityFile == nil ? nil : strings[2]
          options.headers = strings.baseAddress! + 3
          options.header_count = strings.count - 3
          options.body = body.baseAddress
          options.body_count = body.count
          options.response_limit = request.responseLimit
          options.connect_timeout_milliseconds = request.connectTimeoutMilliseconds
          options.total_timeout_milliseconds = request.totalTimeoutMilliseconds
          options.low_speed_bytes = limits.lowSpeedBytes
          options.low_speed_seconds = limits.lowSpeedSeconds
          options.idle_connection_seconds = limits.idleConnectionSeconds
          options.fresh_connection = request.needsFreshConnection ? 1 : 0
          return varve_curl_start(curl, &options, token)
        }
      }
    }
  }

  private func finish(_ request: OpaquePointer) {
    guard let transfer = transfers.removeValue(forKey: varve_curl_token(request)) else {
      preconditionFailure("libcurl ended a transfer that was not begun")
    }
    let how = varve_curl_how_ended(request)
    let answer: HTTPClient.Answer
    if how == VARVE_CURL_OK {
      answer = .success(Self.response(of: request))
    } else {
      let words = String(cString: varve_curl_error(request))
      switch how {
      case VARVE_CURL_NOT_SENT: answer = .failure(.notSent(words))
      case VARVE_CURL_TIMED_OUT: answer = .failure(.timedOut(words))
      case VARVE_CURL_TOO_LARGE:
        answer = .failure(.tooLarge(limit: transfer.job.request.responseLimit))
      case VARVE_CURL_REFUSED: answer = .failure(.refused(words))
      default: answer = .failure(.broken(words))
      }
    }
    varve_curl_free(curl, request)
    transfer.job.answer(answer)
  }

  private static func response(of request: OpaquePointer) -> HTTPResponse {
    var headerCount = 0
    let headers = varve_curl_headers(request, &headerCount)
    var bodyCount = 0
    let body = varve_curl_take_body(request, &bodyCount)
    return HTTPResponse(
      status: Int(varve_curl_status(request)),
      headers: HTTPResponse.parseHeaders(
        UnsafeRawBufferPointer(start: headers, count: headerCount)),
      body: body.map { ByteBlock(adopting: $0, count: bodyCount) } ?? ByteBlock([]))
  }

  /// Calls `work` with the strings as C strings, valid during the call.
  private static func withCStrings<T>(
    _ strings: [String], _ work: ([UnsafePointer<CChar>?]) -> T
  ) -> T {
    var memory: [UnsafeMutablePointer<CChar>] = []
    defer { for pointer in memory { pointer.deallocate() } }
    for string in strings {
      let bytes = string.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      bytes.withUnsafeBufferPointer { copy.initialize(from: $0.baseAddress!, count: $0.count) }
      memory.append(copy)
    }
    return work(memory.map { UnsafePointer($0) })
  }
}
