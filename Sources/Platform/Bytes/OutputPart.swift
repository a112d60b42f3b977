/// A piece of an answer on its way to a socket: bytes in memory, or a range of a file that the
/// kernel sends without this process touching it (sendfile).
package enum OutputPart: Sendable {
  case bytes(ByteBlock)
  /// `file` stays open as long as this part lives.
  case file(any File, position: Int64, count: Int)

  package var count: Int {
    switch self {
    case .bytes(let block): block.count
    case .file(_, _, let count): count
    }
  }
}
