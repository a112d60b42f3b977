/// Puts what a server or the network said into the words of `ObjectStoreError`.
struct S3Failure {
  let status: Int
  /// The `Code` of the error document; empty when there was none, as with HEAD.
  let code: String
  let message: String

  init(_ response: HTTPResponse) {
    status = response.status
    // An error page of a proxy may be anything: then its status must do.
    let document = try? XMLElement(response.body.array)
    let isError = document?.name == "Error"
    code = isError ? document?["Code"] ?? "" : ""
    let identifier = response.header("x-amz-request-id").map { " (request \($0))" } ?? ""
    message = String((isError ? document?["Message"] ?? "" : "").prefix(500)) + identifier
  }

  init(code: String, message: String) {
    status = 200
    self.code = code
    self.message = message
  }

  /// The error for a request that `isWrite` or not, under `condition`.
  func error(_ what: String, key: String, isWrite: Bool, condition: PutCondition = .none)
    -> ObjectStoreError
  {
    let words = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
    let kind = kind(isWrite, condition)
    var text = "\(what): HTTP \(status) \(words)"
    switch (kind, code) {
    case (.invalid, "PermanentRedirect"), (.invalid, "AuthorizationHeaderMalformed"),
      (.invalid, _) where (300..<400).contains(status):
      text += " (is the region right?)"
    case (.archived, _): text += " (restore the object, then try again)"
    default: break
    }
    return ObjectStoreError(kind, key: key, text)
  }

  private func kind(_ isWrite: Bool, _ condition: PutCondition) -> ObjectStoreError.Kind {
    let passing: ObjectStoreError.Kind = isWrite ? .unknownOutcome : .unavailable
    switch code {
    case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded",
      "TooManyRequests", "BandwidthLimitExceeded":
      return .throttled
    case "InvalidObjectState": return .archived
    case "NoSuchBucket": return .invalid
    case "NoSuchKey", "NoSuchUpload", "NotFound":
      if case .ifMatch = condition { return .preconditionFailed }
      return .notFound
    case "InternalError", "RequestTimeout", "ServiceUnavailable", "OperationAborted":
      return passing
    case "XAmzContentSHA256Mismatch": return .unavailable
    case "AccessDenied", "AllAccessDisabled", "ExpiredToken", "InvalidToken",
      "TokenRefreshRequired", "InvalidAccessKeyId",
      "SignatureDoesNotMatch", "RequestTimeTooSkewed":
      return .denied
    case "ConditionalRequestConflict": return conflict(condition)
    default: break
    }
    switch status {
    case 401, 403: return .denied
    case 404: if case .ifMatch = condition { return .preconditionFailed } else { return .notFound }
    case 408: return passing
    case 409: return conflict(condition)
    case 412: return condition == .ifAbsent ? .alreadyExists : .preconditionFailed
    case 429: return .throttled
    case 500...599: return passing
    default: return .invalid
    }
  }

  /// Another write of the same key is under way: this one did not happen, but what is there has to
  /// be read again.
  private func conflict(_ condition: PutCondition) -> ObjectStoreError.Kind {
    switch condition {
    case .none: .unavailable
    case .ifAbsent: .unknownOutcome
    case .ifMatch: .preconditionFailed
    }
  }

  /// The error for a request that got no answer.
  static func error(_ failure: HTTPFailure, _ what: String, key: String, isWrite: Bool)
    -> ObjectStoreError
  {
    let passing: ObjectStoreError.Kind = isWrite ? .unknownOutcome : .unavailable
    switch failure {
    case .notSent(let words): return .init(.unavailable, key: key, "\(what): \(words)")
    case .broken(let words), .timedOut(let words):
      return .init(passing, key: key, "\(what): \(words)")
    case .tooLarge(let limit):
      return .init(.invalid, key: key, "\(what): the answer is longer than \(limit) bytes")
    case .refused(let words): return .init(.invalid, key: key, "\(what): \(words)")
    case .cancelled: return .init(.cancelled, key: key, what)
    case .overloaded:
      return .init(.throttled, key: key, "\(what): too many requests wait already")
    }
  }
}
