import Platform

/// Writes one object front to back without holding it in memory: in one put when it stays small, in
/// parts otherwise.
///
/// Parts have equal sizes but for the last, as some stores demand. Memory held is at most
/// `multipartAbove` before the upload begins and about `concurrentParts + 1` parts afterwards. One
/// owner calls it, one call at a time; it must end in `finish` or `abort`.
package struct ObjectWriter: Sendable {
  package struct Limits: Sendable {
    /// Parts of 16 MiB cost settling another 50 MB of memory, and no less CPU.
    package var partByteCount = 8 << 20
    /// Objects up to this size are one put, and lie in memory until then: with 64 MiB settling took
    /// more than 200 MB.
    package var multipartAbove = 16 << 20
    package var concurrentParts = 2
    package init() {}
  }

  package let key: String
  private let store: any ObjectStore
  private let limits: Limits
  private var pending: [ByteBlock] = []
  private var pendingByteCount = 0
  private var parts: [UploadedPart] = []
  /// Bytes given to `write` so far.
  package private(set) var byteCount: Int64 = 0
  /// The upload in parts, once it has begun.
  package private(set) var upload: MultipartUpload?

  package init(_ key: String, in store: any ObjectStore, limits: Limits = Limits()) {
    self.key = key
    self.store = store
    self.limits = limits
  }

  /// Appends bytes; uploads parts when enough have gathered.
  package mutating func write(_ blocks: [ByteBlock]) async throws(ObjectStoreError) {
    for block in blocks where block.count > 0 {
      pending.append(block)
      pendingByteCount += block.count
      byteCount += Int64(block.count)
    }
    if upload == nil {
      guard pendingByteCount > limits.multipartAbove else { return }
      upload = try await store.createUpload(key, partByteCount: limits.partByteCount)
    }
    if pendingByteCount > limits.partByteCount * limits.concurrentParts {
      try await sendParts(keepingLast: true)
    }
  }

  /// Completes the object; it is durable and visible when this returns.
  package mutating func finish() async throws(ObjectStoreError) -> ObjectSummary {
    guard let upload else {
      let body = pending
      pending = []
      return try await store.put(
        key, body, condition: .none, checksum: ObjectDigest.crc32c(body))
    }
    try await sendParts(keepingLast: false)
    return try await store.completeUpload(upload, parts: parts)
  }

  /// Drops what was uploaded.
  package mutating func abort() async throws(ObjectStoreError) {
    pending = []
    pendingByteCount = 0
    if let upload { try await store.abortUpload(upload) }
  }

  private mutating func sendParts(keepingLast: Bool) async throws(ObjectStoreError) {
    guard let upload else { return }
    while pendingByteCount > (keepingLast ? limits.partByteCount : 0) {
      var bodies: [[ByteBlock]] = []
      while bodies.count < max(1, limits.concurrentParts),
        pendingByteCount > (keepingLast ? limits.partByteCount : 0)
      {
        bodies.append(takePart())
      }
      let first = parts.count + 1
      let results = await withTaskGroup(of: Result<UploadedPart, ObjectStoreError>.self) { group in
        for (index, body) in bodies.enumerated() {
          group.addTask { [store] in
            await Self.send(body, number: first + index, of: upload, to: store)
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      var sent: [UploadedPart] = []
      for result in results { sent.append(try result.get()) }
      parts += sent.sorted { $0.number < $1.number }
    }
  }

  // Apart, because Swift 6.3.1 with -O can trap in a child closure that catches a typed error.
  private static func send(
    _ body: [ByteBlock], number: Int, of upload: MultipartUpload, to store: any ObjectStore
  ) async -> Result<UploadedPart, ObjectStoreError> {
    do throws(ObjectStoreError) {
      return .success(try await store.putPart(upload, number: number, body))
    } catch { return .failure(error) }
  }

  /// Takes the bytes of one part from the front of what is pending, cutting a block where needed.
  private mutating func takePart() -> [ByteBlock] {
    var body: [ByteBlock] = []
    var left = limits.partByteCount
    var used = 0
    while left > 0, used < pending.count {
      let block = pending[used]
      if block.count <= left {
        body.append(block)
        left -= block.count
        used += 1
      } else {
        body.append(ByteBlock(0..<left, of: block))
        pending[used] = ByteBlock(left..<block.count, of: block)
        left = 0
      }
    }
    pending.removeFirst(used)
    pendingByteCount -= limits.partByteCount - left
    return body
  }
}
