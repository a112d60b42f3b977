import Platform
import Synchronization

/// Keeps objects in memory: for tests, the simulation and `memory:`.
///
/// Nothing outlives it. Every call takes effect at once, under one lock.
package final class MemoryStore: ObjectStore {
  package let url: ObjectStoreURL
  private let state = Mutex(MemoryState())

  package init(url: ObjectStoreURL = ObjectStoreURL(.memory)) { self.url = url }

  /// Every key, in order: for assertions.
  package var keys: [String] { state.withLock { $0.order.map(\.text) } }

  /// Bytes held in objects and in parts of uploads.
  package var byteCount: Int {
    state.withLock { state in
      state.objects.values.reduce(0) { $0 + $1.body.count }
        + state.uploads.values.reduce(0) { $0 + $1.parts.values.reduce(0) { $0 + $1.count } }
    }
  }

  package func put(
    _ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?
  ) async throws(ObjectStoreError) -> ObjectSummary {
    try ObjectKey.check(key)
    try ObjectDigest.verify(body, checksum, key: key)
    let copy = ByteBlock.joining(body)
    return try state.withLock { (state) throws(ObjectStoreError) in
      let stored = state.objects[KeyBytes(key)]
      switch condition {
      case .none: break
      case .ifAbsent:
        if stored != nil { throw ObjectStoreError(.alreadyExists, key: key, "there is one") }
      case .ifMatch(let etag):
        guard let stored, stored.etag == etag else {
          let found = stored?.etag ?? "no object"
          throw ObjectStoreError(.preconditionFailed, key: key, "wants \(etag), found \(found)")
        }
      }
      return state.store(copy, at: key)
    }
  }

  package func get(_ key: String, range: ObjectRange)
    async throws(ObjectStoreError) -> FetchedObject
  {
    let stored = try find(key)
    let summary = ObjectSummary(key: key, byteCount: Int64(stored.body.count), etag: stored.etag)
    if range == .whole { return FetchedObject(body: stored.body, start: 0, summary: summary) }
    guard let bytes = range.resolved(in: summary.byteCount) else {
      throw ObjectRange.unsatisfiable(key, range)
    }
    let slice = stored.body.bytes[Int(bytes.lowerBound)..<Int(bytes.upperBound)]
    let body = ByteBlock(copying: UnsafeRawBufferPointer(rebasing: slice))
    return FetchedObject(body: body, start: bytes.lowerBound, summary: summary)
  }

  package func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    let stored = try find(key)
    return ObjectSummary(key: key, byteCount: Int64(stored.body.count), etag: stored.etag)
  }

  package func delete(_ key: String) async throws(ObjectStoreError) {
    try ObjectKey.check(key)
    state.withLock { $0.remove(key) }
  }

  package func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    for key in keys { try ObjectKey.check(key) }
    state.withLock { state in for key in keys { state.remove(key) } }
    return []
  }

  package func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  {
    let limit = min(max(1, limit), 1_000)
    return state.withLock { state in
      let start = max(
        state.position(of: KeyBytes(prefix)), after.map { state.position(after: $0) } ?? 0)
      var found: [ObjectSummary] = []
      var isTruncated = false
      for key in state.order[start...] {
        guard key.bytes.starts(with: prefix.utf8) else { break }
        if found.count == limit {
          isTruncated = true
          break
        }
        let stored = state.objects[key]!
        found.append(
          ObjectSummary(key: key.text, byteCount: Int64(stored.body.count), etag: stored.etag))
      }
      return ObjectListing(objects: found, isTruncated: isTruncated)
    }
  }

  private func find(_ key: String) throws(ObjectStoreError) -> MemoryState.Stored {
    try ObjectKey.check(key)
    guard let stored = state.withLock({ $0.objects[KeyBytes(key)] }) else {
      throw ObjectStoreError(.notFound, key: key, "no such object")
    }
    return stored
  }
}

extension MemoryStore {
  package func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    try ObjectKey.check(key)
    return state.withLock { state in
      state.writes += 1
      let id = "upload-\(state.writes)"
      state.uploads[id] = MemoryState.Upload(key: key)
      return MultipartUpload(key: key, id: id)
    }
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    let copy = ByteBlock.joining(body)
    let checksum = ObjectDigest.crc32c([copy])
    return try state.withLock { (state) throws(ObjectStoreError) in
      guard state.uploads[upload.id]?.key == upload.key else {
        throw ObjectStoreError(.notFound, key: upload.key, "no upload \(upload.id)")
      }
      state.writes += 1
      let etag = "part-\(state.writes)"
      state.uploads[upload.id]!.parts[number] = copy
      state.uploads[upload.id]!.etags[number] = etag
      return UploadedPart(
        number: number, etag: etag, byteCount: Int64(copy.count), checksum: checksum)
    }
  }

  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try UploadedPart.check(parts, of: upload)
    return try state.withLock { (state) throws(ObjectStoreError) in
      guard let found = state.uploads[upload.id], found.key == upload.key else {
        throw ObjectStoreError(.notFound, key: upload.key, "no upload \(upload.id)")
      }
      var body: [ByteBlock] = []
      for part in parts {
        guard let bytes = found.parts[part.number], found.etags[part.number] == part.etag else {
          throw ObjectStoreError(.invalid, key: upload.key, "part \(part.number) is not there")
        }
        body.append(bytes)
      }
      state.uploads[upload.id] = nil
      return state.store(ByteBlock.joining(body), at: upload.key)
    }
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    state.withLock { $0.uploads[upload.id] = nil }
  }

  package func listUploads(prefix: String)
    async throws(ObjectStoreError) -> [MultipartUpload]
  {
    state.withLock { state in
      state.uploads.filter { ObjectKey.begins($0.value.key, with: prefix) }
        .map { MultipartUpload(key: $0.value.key, id: $0.key) }
        .sorted { ObjectKey.precedes($0.key + $0.id, $1.key + $1.id) }
    }
  }
}
