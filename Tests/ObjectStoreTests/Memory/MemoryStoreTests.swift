import Testing

@testable import ObjectStore

struct MemoryStoreTests {
  @Test(arguments: ObjectStoreContract.all)
  func `memory keeps the contract`(behaviour: ObjectStoreContract) async throws {
    try await behaviour.check(.init(MemoryStore()))
  }
}
