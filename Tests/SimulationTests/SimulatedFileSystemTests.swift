import Platform
import Simulation
import Testing

struct SimulatedFileSystemTests {
  private let fileSystem = SimulatedFileSystem()

  private func file(_ path: String, _ bytes: [UInt8]) throws -> any File {
    let file = try fileSystem.open(path, .createNew)
    try bytes.withUnsafeBytes { try file.write([$0], at: 0) }
    return file
  }

  @Test(arguments: 0..<30)
  func `what was synced survives, with its name only if the directory was`(seed: UInt64) throws {
    try fileSystem.makeDirectory("/d")
    try fileSystem.syncDirectory("/")
    try file("/d/kept", [1, 2, 3]).sync()
    try fileSystem.syncDirectory("/d")
    try file("/d/perhaps", [4]).sync()
    fileSystem.restart(SeededRandom(seed: seed))
    #expect(try fileSystem.readAll("/d/kept") == [1, 2, 3])
    if fileSystem.exists("/d/perhaps") { #expect(try fileSystem.readAll("/d/perhaps") == [4]) }
  }

  @Test func `unsynced writes are lost, kept and torn at sectors, each at some seed`() throws {
    var outcomes: Set<String> = []
    for seed in 0..<200 {
      let fileSystem = SimulatedFileSystem()
      let file = try fileSystem.open("/a", .createNew)
      try file.sync()
      try fileSystem.syncDirectory("/")
      let bytes = [UInt8](repeating: 7, count: 2000)
      try bytes.withUnsafeBytes { try file.write([$0], at: 100) }
      fileSystem.restart(SeededRandom(seed: UInt64(seed)))
      let left = try fileSystem.readAll("/a")
      if left.isEmpty {
        outcomes.insert("lost")
      } else if left == [UInt8](repeating: 0, count: 100) + bytes {
        outcomes.insert("kept")
      } else {
        outcomes.insert("torn")
        // Sectors survive whole.
        for (index, byte) in left.enumerated() where index >= 512 && index < 1536 {
          #expect(byte == left[index / 512 * 512])
        }
      }
    }
    #expect(outcomes == ["lost", "kept", "torn"])
  }

  @Test func `a rename is never half done`() throws {
    for seed in 0..<50 {
      let fileSystem = SimulatedFileSystem()
      try fileSystem.replace("/a", with: [1])
      let temporary = try fileSystem.open("/b", .createNew)
      try [UInt8(2)].withUnsafeBytes { try temporary.write([$0], at: 0) }
      try temporary.sync()
      try fileSystem.rename("/b", to: "/a")
      fileSystem.restart(SeededRandom(seed: UInt64(seed)))
      let left = try fileSystem.readAll("/a")
      #expect(left == [1] || left == [2])
      #expect(!(left == [2] && fileSystem.exists("/b")))
    }
  }

  @Test func `the power fails at the counted effect, and everything after it fails`() throws {
    try fileSystem.makeDirectory("/d")
    let before = fileSystem.effectCount
    let file = try file("/d/a", [1])
    #expect(fileSystem.effectCount == before + 2)
    fileSystem.failPower(at: before + 3)
    #expect(throws: StorageError.self) { try file.sync() }
    #expect(throws: StorageError.self) { try fileSystem.open("/d/b", .createNew) }
    #expect(!fileSystem.exists("/d/a"))
    fileSystem.restart(SeededRandom(seed: 1))
    #expect(throws: StorageError.self) { try file.size() }
  }

  @Test func `after a failed sync a later one does not bring the bytes back`() throws {
    let file = try file("/a", [1, 2, 3])
    try fileSystem.syncDirectory("/")
    fileSystem.failNext("fdatasync")
    #expect(throws: StorageError.self) { try file.sync() }
    try file.sync()
    fileSystem.restart(SeededRandom(seed: 3))
    #expect(try fileSystem.readAll("/a").isEmpty)
  }
}
