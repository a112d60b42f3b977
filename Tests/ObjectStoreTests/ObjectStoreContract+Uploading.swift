import Platform
import Testing

@testable import ObjectStore

extension ObjectStoreContract {
  static let uploading: [ObjectStoreContract] = [
    .init("an upload in parts is one object once it is completed, and nothing before") { subject in
      let store = subject.store
      let key = subject.key("multi part+%.parquet")
      let upload = try await store.createUpload(key, partByteCount: 5 << 20)
      let first = ByteBlock(bytes(5 << 20, seed: 1))
      let second = ByteBlock(bytes(5 << 20, seed: 2))
      let last = ByteBlock(bytes(777, seed: 3))
      // Out of order and one of them twice: the last upload of a number counts.
      let three = try await store.putPart(upload, number: 3, [last])
      _ = try await store.putPart(upload, number: 1, [second])
      let one = try await store.putPart(upload, number: 1, [first])
      let two = try await store.putPart(upload, number: 2, [second])
      #expect(try await store.exists(key) == false)
      #expect(try await store.listUploads(prefix: key) == [upload])
      let done = try await store.completeUpload(upload, parts: [one, two, three])
      #expect(done.byteCount == Int64(10 << 20) + 777)
      let read = try await store.get(key)
      #expect(read.body.count == (10 << 20) + 777)
      #expect(read.body.array == first.array + second.array + last.array)
      #expect(try await store.listUploads(prefix: key).isEmpty)
    },
    .init("an aborted upload leaves nothing") { subject in
      let store = subject.store
      let key = subject.key("aborted")
      let upload = try await store.createUpload(key, partByteCount: 5 << 20)
      let part = try await store.putPart(upload, number: 1, [ByteBlock([1, 2, 3])])
      try await store.abortUpload(upload)
      try await store.abortUpload(upload)
      #expect(try await store.exists(key) == false)
      #expect(try await store.listUploads(prefix: key).isEmpty)
      let late = await failure { () throws(ObjectStoreError) in
        try await store.putPart(upload, number: 2, [ByteBlock([1])])
      }
      #expect(subject.knowsAbortedUploads ? late == .notFound : late != nil)
      let complete = await failure { () throws(ObjectStoreError) in
        try await store.completeUpload(upload, parts: [part])
      }
      #expect(subject.knowsAbortedUploads ? complete == .notFound : complete != nil)
      #expect(try await store.exists(key) == false)
    },
    .init("parts that were not uploaded cannot be completed") { subject in
      let store = subject.store
      let key = subject.key("wrong parts")
      let upload = try await store.createUpload(key, partByteCount: 5 << 20)
      let part = try await store.putPart(upload, number: 1, [ByteBlock([1, 2, 3])])
      let ghost = UploadedPart(number: 2, etag: part.etag, byteCount: 3, checksum: part.checksum)
      for parts in [[], [part, ghost], [ghost, part]] {
        let kind = await failure { () throws(ObjectStoreError) in
          try await store.completeUpload(upload, parts: parts)
        }
        #expect(kind == .invalid)
      }
      #expect(try await store.exists(key) == false)
      try await store.abortUpload(upload)
    },
  ]
}
