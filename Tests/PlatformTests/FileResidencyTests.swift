import Testing

@testable import Platform

struct FileResidencyTests {
  @Test func `what was just written is in the page cache, what lies behind the end is not`() throws
  {
    let system = PosixFileSystem()
    let path = "/tmp/varve-resident-\(SystemRandom().next())"
    let file = try system.open(path, .createNew)
    defer { try? system.remove(path) }
    try [UInt8](repeating: 1, count: 20_000).withUnsafeBytes { try file.write([$0], at: 0) }
    // A kernel without cachestat says nil.
    guard let isResident = file.isResident(at: 5_000, count: 10_000) else { return }
    #expect(isResident)
    #expect(file.isResident(at: 1 << 20, count: 4_096) == false)
  }
}
