import Platform
import Testing

@testable import ObjectStore

extension ObjectStoreContract {
  static let writing: [ObjectStoreContract] = [
    .init("a put replaces") { subject in
      try await subject.store.put(subject.key("a"), bytes: bytes(5_000))
      try await subject.store.put(subject.key("a"), text: "short")
      #expect(try await subject.store.get(subject.key("a")).body.array == Array("short".utf8))
    },
    .init("a body that is not what its checksum says is refused") { subject in
      let store = subject.store
      let body = ByteBlock(bytes(1_000))
      let crc = ObjectDigest.crc32c([body])
      let good = subject.key("good")
      _ = try await store.put(good, [body], condition: .none, checksum: crc)
      let bad = subject.key("bad")
      let kind = await failure { () throws(ObjectStoreError) in
        try await store.put(bad, [body], condition: .none, checksum: crc ^ 1)
      }
      #expect(kind == .invalid)
      #expect(try await store.exists(bad) == false)
    },
    .init("a conditional create happens once") { subject in
      let store = subject.store
      let key = subject.key("v1.metadata.json")
      try await store.put(key, text: "first", condition: .ifAbsent)
      let kind = await failure { () throws(ObjectStoreError) in
        try await store.put(key, text: "second", condition: .ifAbsent)
      }
      #expect(kind == .alreadyExists)
      #expect(try await store.get(key).body.array == Array("first".utf8))
      try await store.delete(key)
      try await store.put(key, text: "third", condition: .ifAbsent)
      #expect(try await store.get(key).body.array == Array("third".utf8))
    },
    .init("of racing conditional creates one wins") { subject in
      for round in 0..<(subject.isFast ? 20 : 4) {
        let key = subject.key("race/\(round)")
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
          for racer in 0..<8 {
            group.addTask {
              let body = bytes(2_000, seed: racer)
              // A 409 means: look again. So does the commit protocol.
              while true {
                do throws(ObjectStoreError) {
                  try await subject.store.put(key, bytes: body, condition: .ifAbsent)
                  return racer
                } catch {
                  if error.kind == .alreadyExists { return nil }
                  if error.kind != .unknownOutcome { throw error }
                }
              }
            }
          }
          return try await group.reduce(into: [Int]()) { if let racer = $1 { $0.append(racer) } }
        }
        #expect(winners.count == 1)
        guard let winner = winners.first else { continue }
        #expect(try await subject.store.get(key).body.array == bytes(2_000, seed: winner))
      }
    },
    .init("ifMatch replaces just the version it names") { subject in
      let store = subject.store
      let key = subject.key("hint")
      let first = try await store.put(key, text: "1")
      let tag = try #require(first.etag)
      #expect(try await store.head(key).etag == tag)
      #expect(try await store.get(key).summary.etag == tag)
      let second = try await store.put(key, text: "2", condition: .ifMatch(etag: tag))
      #expect(second.etag != tag)
      let stale = await failure { () throws(ObjectStoreError) in
        try await store.put(key, text: "3", condition: .ifMatch(etag: tag))
      }
      #expect(stale == .preconditionFailed)
      #expect(try await store.get(key).body.array == Array("2".utf8))
    },
    .init("ifMatch on what is missing fails") { subject async throws in
      let store = subject.store
      let key = subject.key("missing")
      let kind = await failure { () throws(ObjectStoreError) in
        let tag = "d41d8cd98f00b204e9800998ecf8427e"
        return try await store.put(key, text: "3", condition: .ifMatch(etag: tag))
      }
      #expect(kind == .preconditionFailed)
      #expect(try await store.exists(key) == false)
    },
    .init("of racing ifMatch puts one wins") { subject in
      let store = subject.store
      let key = subject.key("swap")
      let tag = try #require(try await store.put(key, text: "start").etag)
      let winners = await withTaskGroup(of: Int.self) { group in
        for racer in 0..<6 {
          group.addTask {
            let kind = await failure { () throws(ObjectStoreError) in
              try await store.put(key, text: "racer \(racer)", condition: .ifMatch(etag: tag))
            }
            return kind == nil ? 1 : 0
          }
        }
        return await group.reduce(0, +)
      }
      #expect(winners == 1)
    },
    .init("hostile keys are just keys") { subject in
      for name in hostileNames {
        let key = subject.key(name)
        try await subject.store.put(key, text: name)
        #expect(try await subject.store.get(key).body.array == Array(name.utf8), "\(name)")
        #expect(try await subject.store.head(key).byteCount == Int64(name.utf8.count))
      }
      let listed = try await subject.store.listAll(prefix: subject.prefix).map(\.key)
      let expected = hostileNames.map(subject.key).sorted(by: ObjectKey.precedes)
      #expect(listed.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
      for name in hostileNames {
        let key = subject.key(name)
        let found = try await subject.store.list(prefix: key, after: nil, limit: 10).objects
        #expect(found.contains { $0.key.utf8.elementsEqual(key.utf8) }, "\(name)")
      }
      #expect(
        try await subject.store.deleteMany(hostileNames.map(subject.key)).isEmpty)
      #expect(try await subject.store.listAll(prefix: subject.prefix).isEmpty)
    },
    .init("keys that could leave the store are refused") { subject in
      let store = subject.store
      let long = String(repeating: "k", count: 256)
      let wrong = [
        "", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".", "a\u{0}b", "a\nb", long,
        ".varve-store/x", "a/.varve-b", String(repeating: "kk/", count: 400) + "k",
      ]
      for key in wrong {
        let put = await failure { () throws(ObjectStoreError) in
          try await store.put(key, bytes: [1])
        }
        #expect(put == .invalid, "\(key)")
        #expect(
          await failure { () throws(ObjectStoreError) in try await store.get(key) } == .invalid)
        #expect(
          await failure { () throws(ObjectStoreError) in try await store.delete(key) } == .invalid)
      }
    },
  ]

  static let hostileNames = [
    "a b", " leading", "trailing ", "plus+plus", "per%cent", "%2F", "%", "a=b/c=d", "a&b", "a?b#c",
    "quote'\"`", "<tag>&amp;</tag>", "ünïcode/日本語/🪨", "e\u{301}", "\u{e9}", "back\\slash", "a:b",
    "a;b,c@d!$(*)[]{}|^~", "...", "..a", "-dash", "~tilde", "CAPS", "caps", "x.tmp",
    "kafka_partition=0/00000.parquet", String(repeating: "k", count: 200),
  ]
}
