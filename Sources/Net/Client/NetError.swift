import Platform

/// Why a server could not be reached, or a conversation with it broke off.
package enum NetError: Error, CustomStringConvertible, Sendable {
  /// The host's name has no address.
  case unresolved(place: String, why: String)
  /// `operation` ("connect to", "send to", "receive from") on `place` (`host:port`) failed.
  case failed(operation: String, place: String, errno: Int32)
  /// Nothing moved for this long.
  case timedOut(operation: String, place: String, milliseconds: Int64)
  /// The server closed the connection instead of answering.
  case closed(place: String)

  package var description: String {
    switch self {
    case .unresolved(let place, let why): "cannot find \(place): \(why)"
    case .failed(let operation, let place, let errno):
      "cannot \(operation) \(place): \(errnoText(errno))"
    case .timedOut(let operation, let place, let milliseconds):
      "cannot \(operation) \(place): nothing happened for \(milliseconds) ms"
    case .closed(let place): "\(place) closed the connection instead of answering"
    }
  }
}
