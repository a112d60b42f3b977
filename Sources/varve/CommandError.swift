import KafkaProtocol
import Net

/// Why a command that was asked for correctly came to nothing: one line, exit code 1.
enum CommandError: Error, CustomStringConvertible {
  /// No broker answers.
  case unreachable(NetError)
  /// What answers at `place` does not speak Kafka, or not the part of it that is needed.
  case incompatible(place: String, why: String)
  /// The broker refused `what` ("create topic orders"), for a reason of Kafka's.
  case refused(what: String, code: ErrorCode, message: String?)
  /// The lake could not be read.
  case lake(String)

  var description: String {
    switch self {
    case .unreachable(let error):
      "\(error) (is a broker running there? --bootstrap-server names another)"
    case .incompatible(let place, let why): "\(place) is not a broker that this can use: \(why)"
    case .refused(let what, let code, let message):
      "cannot \(what): \(code.name)" + (message.map { ": \($0)" } ?? "")
    case .lake(let what): what
    }
  }
}
