import Platform
import Testing

@testable import ObjectStore

extension ObjectStoreContract {
  static let reading: [ObjectStoreContract] = [
    .init("what was put is read back") { subject in
      let body = bytes(10_000)
      let written = try await subject.store.put(subject.key("a"), bytes: body)
      #expect(written.byteCount == 10_000)
      let read = try await subject.store.get(subject.key("a"))
      #expect(read.body.array == body)
      #expect(read.start == 0)
      #expect(read.summary.byteCount == 10_000)
      #expect(read.summary.key == subject.key("a"))
    },
    .init("an empty object is an object") { subject in
      try await subject.store.put(subject.key("empty"), bytes: [])
      let read = try await subject.store.get(subject.key("empty"))
      #expect(read.body.count == 0)
      #expect(read.summary.byteCount == 0)
      #expect(try await subject.store.head(subject.key("empty")).byteCount == 0)
      let kind = await failure { () throws(ObjectStoreError) in
        try await subject.store.get(subject.key("empty"), 0..<1)
      }
      #expect(kind == .invalid)
    },
    .init("what is missing is not found") { subject async throws in
      let store = subject.store
      let key = subject.key("nothing")
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.get(key) } == .notFound)
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.head(key) } == .notFound)
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.get(key, 5..<9) }
          == .notFound)
      #expect(try await store.exists(key) == false)
      #expect(try await store.getIfPresent(key) == nil)
    },
    .init("a folder is not an object") { subject in
      let store = subject.store
      try await store.put(subject.key("folder/file"), bytes: [1])
      let key = subject.key("folder")
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.get(key) } == .notFound)
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.head(key) } == .notFound)
      let below = subject.key("folder/file/below")
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.get(below) } == .notFound)
    },
    .init("ranges are exact and are cut at the end") { subject in
      let body = bytes(5_000)
      let key = subject.key("ranges")
      try await subject.store.put(key, bytes: body)
      let wanted: [Range<Int64>] = [0..<1, 0..<5_000, 1..<4_999, 4_999..<5_000, 17..<18]
      for range in wanted {
        let read = try await subject.store.get(key, range)
        #expect(read.body.array == Array(body[Int(range.lowerBound)..<Int(range.upperBound)]))
        #expect(read.start == range.lowerBound)
        #expect(read.summary.byteCount == 5_000)
      }
      let cut = try await subject.store.get(key, 4_990..<100_000)
      #expect(cut.body.array == Array(body[4_990...]))
    },
    .init("a range that begins at the end or beyond is refused") { subject in
      let store = subject.store
      let key = subject.key("beyond")
      try await store.put(key, bytes: bytes(100))
      for range: Range<Int64> in [100..<101, 5_000..<6_000] {
        #expect(
          await failure { () throws(ObjectStoreError) in try await store.get(key, range) }
            == .invalid)
      }
      #expect(
        await failure { () throws(ObjectStoreError) in try await store.get(key, 7..<7) }
          == .invalid)
    },
    .init("a suffix is the end, or all of a shorter object") { subject in
      let body = bytes(1_000)
      let key = subject.key("suffix")
      try await subject.store.put(key, bytes: body)
      let end = try await subject.store.get(key, range: .suffix(10))
      #expect(end.body.array == Array(body[990...]))
      #expect(end.start == 990)
      #expect(end.summary.byteCount == 1_000)
      let all = try await subject.store.get(key, range: .suffix(5_000))
      #expect(all.body.array == body)
      #expect(all.start == 0)
    },
    .init("a big body comes back whole") { subject in
      let body = bytes(subject.isFast ? 24 << 20 : 9 << 20)
      let blocks = stride(from: 0, to: body.count, by: 1_000_003).map {
        ByteBlock(Array(body[$0..<min(body.count, $0 + 1_000_003)]))
      }
      let key = subject.key("big")
      let crc = ObjectDigest.crc32c(blocks)
      _ = try await subject.store.put(key, blocks, condition: .none, checksum: crc)
      let read = try await subject.store.get(key)
      #expect(read.body.array == body)
      let middle = try await subject.store.get(key, 3_000_000..<3_100_000)
      #expect(middle.body.array == Array(body[3_000_000..<3_100_000]))
    },
  ]
}
