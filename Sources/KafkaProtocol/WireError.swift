/// The peer sent bytes that are not the message they claim to be: log once, close the connection.
///
/// Encoding throws it too, for a value that the format cannot hold (a string above 32,767 bytes).
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with the bytes.
  package enum Problem: String, Sendable {
    case truncated = "ends early"
    case negativeLength = "has a negative length"
    case lengthBeyondEnd = "has a length or count beyond the bytes that follow"
    case lengthTooLarge = "has a length above the format's limit"
    case tooManyElements = "has more array elements than are taken"
    case overlongVarint = "has a varint that does not end in five bytes"
    case unexpectedNull = "has a null where none may be"
    case invalidUTF8 = "has a string that is not UTF-8"
    case tagOutOfOrder = "has tagged fields out of order"
    case tagSizeMismatch = "has a tagged field of the wrong size"
    case trailingBytes = "has bytes after its end"
    case unsupportedVersion = "has a version that is not served"
  }

  package let problem: Problem
  /// Bytes from the start of what was being read or written (the frame, without its length).
  package let offset: Int

  package init(_ problem: Problem, at offset: Int) {
    self.problem = problem
    self.offset = offset
  }

  package var description: String { "the message \(problem.rawValue), at byte \(offset)" }
}
