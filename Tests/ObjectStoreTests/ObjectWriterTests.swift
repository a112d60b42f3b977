import Platform
import Testing

@testable import ObjectStore

struct ObjectWriterTests {
  private var limits: ObjectWriter.Limits {
    var limits = ObjectWriter.Limits()
    limits.partByteCount = 1_000
    limits.multipartAbove = 4_000
    limits.concurrentParts = 3
    return limits
  }

  @Test(arguments: [0, 1, 999, 4_000, 4_001, 5_000, 12_345], [1, 700, 1_000, 9_999])
  func `what is written comes back, in one put or in equal parts`(count: Int, step: Int)
    async throws
  {
    if count / step > 100 { return }
    let store = FaultingStore(MemoryStore())
    var writer = ObjectWriter("a", in: store, limits: limits)
    let body = ObjectStoreContract.bytes(count)
    for start in stride(from: 0, to: count, by: step) {
      try await writer.write([ByteBlock(Array(body[start..<min(count, start + step)]))])
    }
    let done = try await writer.finish()
    #expect(done.byteCount == Int64(count))
    #expect(try await store.get("a").body.array == body)
    let kinds = store.operations.map(\.kind)
    #expect(kinds.contains(.put) == (count <= 4_000))
    let sizes = store.operations.filter { $0.kind == .putPart }.map(\.byteCount)
    #expect(sizes.filter { $0 != 1_000 }.count <= 1)
    #expect(sizes.allSatisfy { $0 <= 1_000 && $0 > 0 })
  }

  @Test func `an aborted writer leaves nothing`() async throws {
    let base = MemoryStore()
    var writer = ObjectWriter("a", in: base, limits: limits)
    for _ in 0..<10 { try await writer.write([ByteBlock(ObjectStoreContract.bytes(900))]) }
    #expect(writer.upload != nil)
    try await writer.abort()
    #expect(base.byteCount == 0)
  }

  @Test func `a part that fails fails the write`() async throws {
    let script = FaultScript { $0.kind == .putPart ? .throttles : .none }
    let store = FaultingStore(MemoryStore(), script)
    var writer = ObjectWriter("a", in: store, limits: limits)
    let kind = await failure { () throws(ObjectStoreError) in
      try await writer.write([ByteBlock(ObjectStoreContract.bytes(9_000))])
    }
    #expect(kind == .throttled)
  }
}
