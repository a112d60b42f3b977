/// A local disk call failed, or a file holds what it must not.
package enum StorageError: Error, CustomStringConvertible, Sendable {
  /// `operation` ("open", "pwrite", "fdatasync", …) on `path` failed with `errno`.
  case failed(operation: String, path: String, errno: Int32)
  /// `file` is damaged at `position` (bytes from its start).
  case corrupt(file: String, position: Int64, reason: String)

  package var description: String {
    switch self {
    case .failed(let operation, let path, let errno):
      "\(operation) \(path): \(errnoText(errno))"
    case .corrupt(let file, let position, let reason):
      "\(file) is damaged at byte \(position): \(reason)"
    }
  }

  /// The errno of a failed call; 0 for a damaged file.
  package var errnoValue: Int32 {
    if case .failed(_, _, let errno) = self { errno } else { 0 }
  }
}

/// The operator asked for something that cannot be: printed as it is, without a stack; exit code 2.
package struct UsageError: Error, CustomStringConvertible, Sendable {
  /// What is wrong.
  package let message: String
  /// Where: `server.properties:12`, an argument's name.
  package let location: String?
  /// What to do about it.
  package let hint: String?

  package init(_ message: String, at location: String? = nil, hint: String? = nil) {
    self.message = message
    self.location = location
    self.hint = hint
  }

  package var description: String {
    var text = location.map { "\($0): \(message)" } ?? message
    if let hint { text += " (\(hint))" }
    return text
  }
}
