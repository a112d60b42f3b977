import Platform

/// Why a connection ended: logged once, and given to nobody else.
package enum CloseReason: Sendable, Equatable, CustomStringConvertible {
  /// The peer closed, or shut its sending side down.
  case peerClosed
  /// A socket call failed with this errno: a reset, a broken pipe, a timeout.
  case socketFailed(errno: Int32)
  /// Nothing went either way for `connections.max.idle.ms`.
  case idle
  /// One frame took longer than `connections.max.idle.ms`.
  case incompleteFrame
  /// A large frame rested while others waited for buffer memory.
  case stalled
  case invalidFrameLength(Int)
  /// A file ended before the range that was to be sent.
  case fileTooShort(path: String)
  case fileUnreadable(path: String, errno: Int32)
  /// The delegate's own reason.
  case refused(String)
  /// The loop stops.
  case stopped

  package var description: String {
    switch self {
    case .peerClosed: "closed by the peer"
    case .socketFailed(let errno): errnoText(errno)
    case .idle: "idle for too long"
    case .incompleteFrame: "a frame stayed incomplete for too long"
    case .stalled: "a large frame stalled while others waited for buffer memory"
    case .invalidFrameLength(let length): "frame length \(length) is out of bounds"
    case .fileTooShort(let path): "\(path) ended before the range to send"
    case .fileUnreadable(let path, let errno): "\(path): \(errnoText(errno))"
    case .refused(let why): why
    case .stopped: "the server stops"
    }
  }

  /// Whether an operator wants to see it without asking for debug lines.
  var isNotable: Bool {
    switch self {
    case .peerClosed, .socketFailed, .idle, .stopped: false
    default: true
    }
  }
}
