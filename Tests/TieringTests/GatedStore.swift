import ObjectStore
import Platform
import Synchronization

/// A store whose ranged reads wait while its gate is closed: a slow store, without sleeping. It
/// counts them, too.
final class GatedStore: ObjectStore {
  private struct Gate {
    var isClosed = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let base: any ObjectStore
  private let gate = Mutex(Gate())
  let reads = Counter()

  init(_ base: any ObjectStore) { self.base = base }

  var url: ObjectStoreURL { base.url }

  func close() { gate.withLock { $0.isClosed = true } }

  func open() {
    let waiting = gate.withLock { gate in
      gate.isClosed = false
      defer { gate.waiting = [] }
      return gate.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func get(_ key: String, range: ObjectRange) async throws(ObjectStoreError) -> FetchedObject {
    reads.add()
    await withCheckedContinuation { continuation in
      let passes = gate.withLock { gate in
        if gate.isClosed { gate.waiting.append(continuation) }
        return !gate.isClosed
      }
      if passes { continuation.resume() }
    }
    return try await base.get(key, range: range)
  }

  func put(_ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?)
    async throws(ObjectStoreError) -> ObjectSummary
  { try await base.put(key, body, condition: condition, checksum: checksum) }

  func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    try await base.head(key)
  }

  func delete(_ key: String) async throws(ObjectStoreError) { try await base.delete(key) }

  func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    try await base.deleteMany(keys)
  }

  func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  { try await base.list(prefix: prefix, after: after, limit: limit) }

  func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    try await base.createUpload(key, partByteCount: partByteCount)
  }

  func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  { try await base.putPart(upload, number: number, body) }

  func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  { try await base.completeUpload(upload, parts: parts) }

  func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    try await base.abortUpload(upload)
  }

  func listUploads(prefix: String) async throws(ObjectStoreError) -> [MultipartUpload] {
    try await base.listUploads(prefix: prefix)
  }
}
