import KafkaProtocol

/// One client that may push metrics: a state machine of when it may and what it must know
/// (KIP-714).
struct TelemetryInstance: Sendable {
  /// What a push is judged by.
  struct Push {
    let subscriptionID: Int32
    let isTerminating: Bool
    let compressionType: Int8
    let byteCount: Int
  }

  /// Kafka's codec numbers that a push may use, best first; 0, none, is always allowed.
  static let compressionTypes: [Int8] = [4, 3, 1, 2]

  let plan: TelemetryPlan
  /// When the last request was taken.
  private var lastRequest: Int64?
  /// It asked and has not pushed since.
  private var mayPushAtOnce = false
  private var lastError = ErrorCode.none
  private var isTerminating = false

  init(plan: TelemetryPlan) { self.plan = plan }

  /// The client asks for its subscription, at `now` in milliseconds. It may do so once per push
  /// interval, and at once when it was told that the one it has is wrong.
  mutating func get(at now: Int64) -> ErrorCode {
    let hasReason = lastError == .unknownSubscriptionID || lastError == .unsupportedCompressionType
    guard hasReason || isDue(at: now) else { return .throttlingQuotaExceeded }
    lastRequest = now
    mayPushAtOnce = true
    lastError = .none
    return .none
  }

  /// The client pushes. The first push after asking may come at any time, since clients spread
  /// theirs over the interval.
  mutating func push(_ push: Push, maximumBytes: Int, at now: Int64) -> ErrorCode {
    lastError = judge(push, maximumBytes, now)
    return lastError
  }

  private mutating func judge(_ push: Push, _ maximumBytes: Int, _ now: Int64) -> ErrorCode {
    guard !isTerminating else { return .invalidRequest }
    let isTimely = mayPushAtOnce || isDue(at: now)
    if isTimely { lastRequest = now }
    mayPushAtOnce = false
    isTerminating = push.isTerminating
    guard isTimely || push.isTerminating else { return .throttlingQuotaExceeded }
    guard push.subscriptionID == plan.subscriptionID else { return .unknownSubscriptionID }
    guard push.compressionType == 0 || Self.compressionTypes.contains(push.compressionType) else {
      return .unsupportedCompressionType
    }
    return push.byteCount <= maximumBytes ? .none : .telemetryTooLarge
  }

  private func isDue(at now: Int64) -> Bool {
    guard let lastRequest else { return true }
    return now - lastRequest >= Int64(plan.pushIntervalMilliseconds)
  }
}
