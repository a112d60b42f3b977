import Glibc
import Platform

/// A folder of its own for one test, removed with the last reference.
final class TemporaryFolder {
  let path: String
  private let system = PosixFileSystem()

  init() throws {
    path = "/tmp/varve-net-\(SystemRandom().next())"
    try system.makeDirectory(path)
  }

  deinit { try? system.removeTree(path) }

  /// A file with this content, open for reading and writing.
  func file(_ name: String, _ content: [UInt8]) throws -> any File {
    let file = try system.open("\(path)/\(name)", .createNew)
    try content.withUnsafeBytes { try file.write([$0], at: 0) }
    return file
  }
}
