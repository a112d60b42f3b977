import Platform
import Synchronization

/// Keeps objects as files below a directory: the embedded default.
///
/// A put writes a temporary file, syncs it and then gives it its name: by link(2), which fails when
/// the name exists, for a conditional create; by rename otherwise. The directory is synced after
/// that. So a reader, a crash and another process see an object whole or not at all. Temporary
/// files, parts of uploads and the lock lie in `.varve-store` below the root, where no key reaches.
///
/// All disk work runs on a `BlockingPool`; a full queue answers `throttled`. Unlike in S3, a key
/// cannot be an object and the beginning of another (`a` and `a/b`): that is `invalid`.
package final class DirectoryStore: ObjectStore {
  package let url: ObjectStoreURL
  let root: String
  let files: any FileSystem
  let random: any RandomSource
  private let pool: BlockingPool
  /// Where this instance writes its temporary files.
  let scratch: DirectoryScratch
  /// Orders the steps that make a name appear, change or vanish, among the threads of this process.
  let names = Mutex<Void>(())
  /// Folders known to be durable themselves; see `makeDurable`.
  let folders = Mutex<Set<[UInt8]>>([])

  /// Objects up to this size carry an entity tag (SHA-256 of the content); larger ones have none,
  /// and an `ifMatch` put on them always fails.
  package static let etagLimit: Int64 = 1 << 20
  static let privateFolder = ".varve-store"

  /// Makes the directory when it is missing, and removes the temporary files of dead processes.
  /// `root` is absolute. `pool` is the caller's to stop.
  package init(root: String, files: any FileSystem, random: any RandomSource, pool: BlockingPool)
    throws(ObjectStoreError)
  {
    self.root = root
    self.files = files
    self.random = random
    self.pool = pool
    url = ObjectStoreURL(.directory(path: root))
    scratch = try translating(root) { () throws(StorageError) in
      let folder = root + "/" + Self.privateFolder
      try files.makeDirectory(folder + "/uploads")
      let scratch = try DirectoryScratch(folder + "/temporary", files: files, random: random)
      for folder in [folder, root, parent(of: root)] { try files.syncDirectory(folder) }
      return scratch
    }
  }

  package func put(
    _ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?
  ) async throws(ObjectStoreError) -> ObjectSummary {
    try ObjectKey.check(key)
    return try await onPool(key) { [self] () throws(ObjectStoreError) in
      try ObjectDigest.verify(body, checksum, key: key)
      let temporary = try translating(key) { () throws(StorageError) in
        try scratch.write(body)
      }
      try publish(temporary, as: key, condition)
      let count = body.reduce(0) { $0 + $1.count }
      let etag = count <= Self.etagLimit ? hexadecimal(ObjectDigest.sha256(body)) : nil
      return ObjectSummary(key: key, byteCount: Int64(count), etag: etag)
    }
  }

  package func get(_ key: String, range: ObjectRange)
    async throws(ObjectStoreError) -> FetchedObject
  {
    try ObjectKey.check(key)
    return try await onPool(key) { [self] () throws(ObjectStoreError) in
      try read(key, range)
    }
  }

  package func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    try ObjectKey.check(key)
    return try await onPool(key) { [self] () throws(ObjectStoreError) in
      let file = try open(key)
      defer { file.close() }
      let count = try translating(key) { () throws(StorageError) in try file.size() }
      return ObjectSummary(key: key, byteCount: count, etag: try etag(of: file, count, key))
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) {
    if let failure = try await deleteMany([key]).first { throw failure }
  }

  package func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    for key in keys { try ObjectKey.check(key) }
    return try await onPool(keys.first ?? "") { [self] () throws(ObjectStoreError) in
      var failures: [ObjectStoreError] = []
      var folders: Set<[UInt8]> = []
      for key in keys {
        do throws(ObjectStoreError) {
          try removeName(key)
          folders.insert(Array(parent(of: path(key)).utf8))
        } catch { failures.append(error) }
      }
      for folder in folders {
        try syncFolder(String(decoding: folder, as: UTF8.self), key: keys[0])
      }
      return failures
    }
  }

  /// Runs `work` on a thread that may block.
  func onPool<T: Sendable>(
    _ key: String, _ work: @escaping @Sendable () throws(ObjectStoreError) -> T
  ) async throws(ObjectStoreError) -> T {
    let result: Result<T, ObjectStoreError> = await withCheckedContinuation { continuation in
      let isQueued = pool.submit {
        do throws(ObjectStoreError) { continuation.resume(returning: .success(try work())) } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      if !isQueued {
        let error = ObjectStoreError(.throttled, key: key, "too much disk work is waiting")
        continuation.resume(returning: .failure(error))
      }
    }
    return try result.get()
  }

  func path(_ key: String) -> String { root + "/" + key }

  func read(_ key: String, _ range: ObjectRange) throws(ObjectStoreError) -> FetchedObject {
    let file = try open(key)
    defer { file.close() }
    let count = try translating(key) { () throws(StorageError) in try file.size() }
    guard let bytes = range.resolved(in: count) else {
      throw ObjectRange.unsatisfiable(key, range)
    }
    let body = try translating(key) { () throws(StorageError) in
      try ByteBlock.filled(count: bytes.count) { (buffer) throws(StorageError) in
        try file.read(into: buffer, at: bytes.lowerBound)
      }
    }
    guard body.count == bytes.count else {
      throw ObjectStoreError(.unavailable, key: key, "the file shrank while it was read")
    }
    let isSmall = range == .whole && count <= Self.etagLimit
    let etag = isSmall ? hexadecimal(ObjectDigest.sha256([body])) : nil
    return FetchedObject(
      body: body, start: bytes.lowerBound,
      summary: ObjectSummary(key: key, byteCount: count, etag: etag))
  }

  /// Opens the object's file; a directory of that name is no object.
  func open(_ key: String) throws(ObjectStoreError) -> any File {
    try translating(key) { () throws(StorageError) in
      let file = try files.open(path(key), .read)
      // A directory can be opened for reading, but not read (EISDIR).
      var probe: UInt8 = 0
      var refusal: StorageError?
      withUnsafeMutableBytes(of: &probe) { buffer in
        do throws(StorageError) { _ = try file.read(into: buffer, at: 0) } catch {
          refusal = error
        }
      }
      if let refusal {
        file.close()
        throw refusal
      }
      return file
    }
  }

  /// The tag of a small file's content.
  func etag(of file: any File, _ count: Int64, _ key: String) throws(ObjectStoreError) -> String? {
    guard count <= Self.etagLimit else { return nil }
    let body = try translating(key) { () throws(StorageError) in
      try ByteBlock.filled(count: Int(count)) { (buffer) throws(StorageError) in
        try file.read(into: buffer, at: 0)
      }
    }
    return hexadecimal(ObjectDigest.sha256([body]))
  }
}
