import Platform

/// A directory that goes away with the last reference.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = "/tmp/varve-objectstore-\(String(SystemRandom().next(), radix: 16))"
    try PosixFileSystem().makeDirectory(path)
  }

  deinit { try? PosixFileSystem().removeTree(path) }
}
