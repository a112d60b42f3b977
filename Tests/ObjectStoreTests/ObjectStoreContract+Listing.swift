import Platform
import Testing

@testable import ObjectStore

extension ObjectStoreContract {
  static let listing: [ObjectStoreContract] = [
    .init("a listing is in the order of the bytes, and a prefix need not be a folder") { subject in
      let names = ["b", "a/z", "a.x", "a/b/c", "a0", "ab", "a/b0", "B", "é", "z/1", "z/10", "z/2"]
      for name in names { try await subject.store.put(subject.key(name), text: name) }
      let found = try await subject.store.listAll(prefix: subject.prefix)
      #expect(found.map(\.key) == names.map(subject.key).sorted(by: ObjectKey.precedes))
      #expect(
        found.allSatisfy { $0.byteCount == Int64($0.key.utf8.count - subject.prefix.utf8.count) })
      func keys(_ prefix: String, after: String? = nil) async throws -> [String] {
        try await subject.store.list(
          prefix: subject.key(prefix), after: after.map(subject.key), limit: 1_000
        ).objects.map { String($0.key.dropFirst(subject.prefix.count)) }
      }
      #expect(try await keys("a") == ["a.x", "a/b/c", "a/b0", "a/z", "a0", "ab"])
      #expect(try await keys("a/") == ["a/b/c", "a/b0", "a/z"])
      #expect(try await keys("a/b") == ["a/b/c", "a/b0"])
      #expect(try await keys("z/1") == ["z/1", "z/10"])
      #expect(try await keys("nothing").isEmpty)
      #expect(
        try await keys("", after: "a/b0") == ["a/z", "a0", "ab", "b", "z/1", "z/10", "z/2", "é"])
      #expect(try await keys("a/", after: "a/b/c") == ["a/b0", "a/z"])
      #expect(
        try await keys("", after: "a/y") == ["a/z", "a0", "ab", "b", "z/1", "z/10", "z/2", "é"])
      #expect(try await keys("a", after: "zzz").isEmpty)
      #expect(try await keys("z", after: "B") == ["z/1", "z/10", "z/2"])
    },
    .init("pages join without gap or repetition") { subject in
      let count = subject.isFast ? 2_345 : 25
      let limit = subject.isFast ? 1_000 : 7
      let keys = (0..<count).map { subject.key("page/\($0 % 10)/\($0)") }
      for chunk in stride(from: 0, to: count, by: 50) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for key in keys[chunk..<min(count, chunk + 50)] {
            group.addTask { _ = try await subject.store.put(key, bytes: [1]) }
          }
          try await group.waitForAll()
        }
      }
      var found: [String] = []
      var after: String?
      var pages = 0
      while true {
        let page = try await subject.store.list(
          prefix: subject.key("page/"), after: after, limit: limit)
        #expect(page.objects.count <= limit)
        found += page.objects.map(\.key)
        pages += 1
        guard page.isTruncated else { break }
        after = page.objects.last?.key
      }
      #expect(found == keys.sorted(by: ObjectKey.precedes))
      #expect(pages == (count + limit - 1) / limit)
      for chunk in stride(from: 0, to: count, by: 1_000) {
        let some = Array(keys[chunk..<min(count, chunk + 1_000)])
        #expect(try await subject.store.deleteMany(some).isEmpty)
      }
      #expect(try await subject.store.listAll(prefix: subject.key("page/")).isEmpty)
    },
  ]

  static let removing: [ObjectStoreContract] = [
    .init("what is deleted is gone, and deleting it again is fine") { subject in
      let key = subject.key("folder/a")
      try await subject.store.put(key, bytes: [1])
      try await subject.store.delete(key)
      #expect(try await subject.store.exists(key) == false)
      #expect(try await subject.store.listAll(prefix: subject.prefix).isEmpty)
      try await subject.store.delete(key)
      try await subject.store.delete(subject.key("never/was"))
      try await subject.store.put(key, bytes: [2])
      #expect(try await subject.store.get(key).body.array == [2])
    },
    .init("deleteMany removes those that are there and minds no others") { subject in
      let keys = (0..<30).map { subject.key("many/\($0) & <more>") }
      for key in keys.prefix(20) { try await subject.store.put(key, bytes: [1]) }
      #expect(try await subject.store.deleteMany(Array(keys.dropFirst(5))).isEmpty)
      let left = try await subject.store.listAll(prefix: subject.prefix).map(\.key)
      #expect(left == keys.prefix(5).sorted(by: ObjectKey.precedes))
      #expect(try await subject.store.deleteMany([]).isEmpty)
    },
  ]
}
