import Platform
import Simulation
import Testing

/// What every file system must do, asked of the real one and of the simulated one.
struct FileSystemContractTests {
  enum Kind: CaseIterable { case posix, simulated }

  /// A file system with an empty directory in it.
  final class Place {
    let fileSystem: any FileSystem
    let path: String

    init(_ kind: Kind) throws {
      fileSystem = kind == .posix ? PosixFileSystem() : SimulatedFileSystem()
      path = "/tmp/varve-contract-\(SystemRandom().next())"
      try fileSystem.makeDirectory(path)
    }

    deinit { try? fileSystem.removeTree(path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func cause(_ body: () throws -> Void) -> StorageError.Cause? {
      do { try body() } catch { return (error as? StorageError)?.cause }
      return nil
    }
  }

  private func write(_ text: String, to file: any File, at position: Int64 = 0) throws {
    try Array(text.utf8).withUnsafeBytes { try file.write([$0], at: position) }
  }

  @Test(arguments: Kind.allCases)
  func `the open modes make, keep, empty and refuse`(kind: Kind) throws {
    let place = try Place(kind)
    let fileSystem = place.fileSystem
    #expect(place.cause { _ = try fileSystem.open(place("a"), .read) } == .noSuchFile)
    #expect(place.cause { _ = try fileSystem.open(place("a"), .readWrite) } == .noSuchFile)
    let made = try fileSystem.open(place("a"), .createNew)
    try write("hello", to: made)
    #expect(place.cause { _ = try fileSystem.open(place("a"), .createNew) } == .exists)
    #expect(try fileSystem.open(place("a"), .createIfMissing).size() == 5)
    #expect(try fileSystem.open(place("a"), .truncate).size() == 0)
    #expect(try made.size() == 0, "both names mean the same file")
    #expect(place.cause { _ = try fileSystem.open(place("no/a"), .createNew) } == .noSuchFile)
    #expect(place.cause { _ = try fileSystem.open(place("a/b"), .createNew) } == .notADirectory)
  }

  /// Whole blocks, a rest, less than a block, more than a buffer, places where no block begins.
  @Test(
    arguments: Kind.allCases,
    [[4096], [4096, 5], [7], [3_000_000, 1_100_000], [5000, 9, 70_000]])
  func `bytes written past the cache read as written`(kind: Kind, counts: [Int]) throws {
    let place = try Place(kind)
    let parts = counts.enumerated().map { part, count in
      (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 9 + part) }
    }
    let blocks = parts.map { ByteBlock($0) }
    for start in [0, 8192, 100] {
      let file = try place.fileSystem.open(place("at\(start)"), .createNew)
      try file.writeUncached(blocks.map(\.bytes), at: Int64(start))
      try write("after", to: file, at: Int64(start + counts.reduce(0, +)))
      let expected = [UInt8](repeating: 0, count: start) + parts.joined() + Array("after".utf8)
      #expect(try place.fileSystem.readAll(place("at\(start)")) == expected)
    }
  }

  @Test(arguments: Kind.allCases)
  func `parts are written one after the other and gaps read as zeros`(kind: Kind) throws {
    let place = try Place(kind)
    let file = try place.fileSystem.open(place("a"), .createNew)
    try Array("ab".utf8).withUnsafeBytes { first in
      try Array("cde".utf8).withUnsafeBytes { second in
        try file.write([first, UnsafeRawBufferPointer(start: nil, count: 0), second], at: 2)
      }
    }
    #expect(try place.fileSystem.readAll(place("a")) == [0, 0] + Array("abcde".utf8))
    var buffer = [UInt8](repeating: 9, count: 10)
    let got = try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 5) }
    #expect(got == 2 && buffer[0] == 0x64)
    #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 7) } == 0)
    #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: 100) } == 0)
    try file.truncate(to: 3)
    try file.truncate(to: 4)
    #expect(try place.fileSystem.readAll(place("a")) == [0, 0, 0x61, 0])
    try file.sync()
    file.startWriteback(at: 0, count: 4)
    #expect(file.isResident(at: 0, count: 4))
  }

  @Test(arguments: Kind.allCases)
  func `an open file outlives its name`(kind: Kind) throws {
    let place = try Place(kind)
    let file = try place.fileSystem.open(place("a"), .createNew)
    try write("hello", to: file)
    try place.fileSystem.remove(place("a"))
    #expect(!place.fileSystem.exists(place("a")))
    #expect(try file.size() == 5)
    try place.fileSystem.remove(place("a"))
  }

  @Test(arguments: Kind.allCases)
  func `rename replaces and link refuses`(kind: Kind) throws {
    let place = try Place(kind)
    let fileSystem = place.fileSystem
    try write("one", to: try fileSystem.open(place("a"), .createNew))
    try write("two", to: try fileSystem.open(place("b"), .createNew))
    #expect(place.cause { try fileSystem.link(place("a"), to: place("b")) } == .exists)
    #expect(place.cause { try fileSystem.link(place("x"), to: place("y")) } == .noSuchFile)
    try fileSystem.link(place("a"), to: place("c"))
    try fileSystem.rename(place("a"), to: place("b"))
    #expect(try fileSystem.readAll(place("b")) == Array("one".utf8))
    #expect(try fileSystem.readAll(place("c")) == Array("one".utf8))
    #expect(try fileSystem.list(place.path).map(\.name).sorted() == ["b", "c"])
    #expect(place.cause { try fileSystem.rename(place("a"), to: place("d")) } == .noSuchFile)
  }

  @Test(arguments: Kind.allCases)
  func `directories are made with their parents, listed, moved and removed`(kind: Kind) throws {
    let place = try Place(kind)
    let fileSystem = place.fileSystem
    try fileSystem.makeDirectory(place("x/y/z"))
    try fileSystem.makeDirectory(place("x/y"))
    try write("one", to: try fileSystem.open(place("x/y/file"), .createNew))
    let entries = try fileSystem.list(place("x/y")).sorted { $0.name < $1.name }
    #expect(entries.map(\.name) == ["file", "z"])
    #expect(entries.map(\.isDirectory) == [false, true])
    #expect(place.cause { try fileSystem.makeDirectory(place("x/y/file")) } == .notADirectory)
    #expect(place.cause { _ = try fileSystem.list(place("nowhere")) } == .noSuchFile)
    try fileSystem.rename(place("x/y"), to: place("moved"))
    #expect(try fileSystem.readAll(place("moved/file")) == Array("one".utf8))
    try fileSystem.syncDirectory(place.path)
    try fileSystem.removeTree(place("moved"))
    try fileSystem.removeTree(place("moved"))
    #expect(!fileSystem.exists(place("moved")) && fileSystem.exists(place("x")))
  }

  @Test(arguments: Kind.allCases)
  func `replace leaves the new content and no temporary file`(kind: Kind) throws {
    let place = try Place(kind)
    try place.fileSystem.replace(place("a"), with: Array("one".utf8))
    try place.fileSystem.replace(place("a"), with: Array("two".utf8))
    #expect(try place.fileSystem.readAll(place("a")) == Array("two".utf8))
    #expect(try place.fileSystem.list(place.path).map(\.name) == ["a"])
  }

  @Test(arguments: Kind.allCases)
  func `one open file has the lock until it is closed`(kind: Kind) throws {
    let place = try Place(kind)
    let first = try place.fileSystem.open(place("lock"), .createIfMissing)
    let second = try place.fileSystem.open(place("lock"), .createIfMissing)
    #expect(try first.tryLock())
    #expect(try first.tryLock())
    #expect(try !second.tryLock())
    first.close()
    #expect(try second.tryLock())
  }
}
