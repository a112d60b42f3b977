import Coordinators

/// Who waits for the answers of state machines, by the token that each was given.
struct PendingReplies<Answer> {
  private var answers: [ReplyToken: Answer] = [:]
  private var nextToken: UInt64 = 0

  var isEmpty: Bool { answers.isEmpty }

  /// Keeps `answer` until it is taken.
  mutating func add(_ answer: Answer) -> ReplyToken {
    defer { nextToken += 1 }
    let token = ReplyToken(nextToken)
    answers[token] = answer
    return token
  }

  /// Gives an answer back, once.
  mutating func take(_ token: ReplyToken) -> Answer? { answers.removeValue(forKey: token) }
}
