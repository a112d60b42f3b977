import Glibc

extension StorageError {
  /// What a failed call means, for those who act on it without knowing errno's numbers.
  package enum Cause: Sendable {
    case noSuchFile, exists, isADirectory, notADirectory, notEmpty, nameTooLong, denied, noSpace
    case other
  }

  package var cause: Cause {
    switch errnoValue {
    case ENOENT: .noSuchFile
    case EEXIST: .exists
    case EISDIR: .isADirectory
    case ENOTDIR: .notADirectory
    case ENOTEMPTY: .notEmpty
    case ENAMETOOLONG: .nameTooLong
    case EACCES, EPERM, EROFS: .denied
    case ENOSPC, EDQUOT: .noSpace
    default: .other
    }
  }

  /// Whether what was worked on was closed or deleted under the caller.
  package var isStale: Bool { errnoValue == ESTALE }
}
