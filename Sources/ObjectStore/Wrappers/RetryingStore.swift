import Platform
import Synchronization

/// Tries again what may be tried again: after throttling, failures, timeouts and resets, with
/// capped exponential backoff, full jitter and a budget for the whole client. Throttling slows
/// down every call of the client, not just the one that was told.
///
/// A conditional put is never repeated: after a lost answer the second attempt would be refused on
/// account of the first. Unconditional puts, parts and removals are, since doing them twice is the
/// same; do not write two contents under one key at the same time. An upload whose begin was
/// repeated can leave one behind: `listUploads` finds it.
package final class RetryingStore: ObjectStore {
  package let base: any ObjectStore
  private let policy: RetryPolicy
  private let clock: any Clock
  private let sleeper: any Sleeper
  private let random: any RandomSource
  private let throttle: Mutex<RetryThrottle>
  /// Attempts beyond the first.
  package let retries = Counter()
  /// Answers that asked for less load.
  package let throttles = Counter()

  package init(
    _ base: any ObjectStore, policy: RetryPolicy = RetryPolicy(), clock: any Clock,
    sleeper: any Sleeper, random: any RandomSource
  ) {
    self.base = base
    self.policy = policy
    self.clock = clock
    self.sleeper = sleeper
    self.random = random
    throttle = Mutex(RetryThrottle(policy))
  }

  package var url: ObjectStoreURL { base.url }

  /// What a call allows.
  private enum Repetition {
    case never
    /// Changes nothing, or changes the same when done twice.
    case whenever
  }

  private func attempt<T>(
    _ key: String, _ repetition: Repetition = .whenever,
    _ work: () async throws(ObjectStoreError) -> T
  ) async throws(ObjectStoreError) -> T {
    var number = 0
    while true {
      let wait = throttle.withLock { $0.start(now: clock.monotonicNanoseconds()) }
      if wait > 0 { await sleeper.sleep(milliseconds: wait) }
      if Task.isCancelled { throw ObjectStoreError(.cancelled, key: key, "before the call") }
      do throws(ObjectStoreError) {
        let result = try await work()
        throttle.withLock { $0.succeeded() }
        return result
      } catch {
        if error.kind == .throttled {
          throttles.add()
          throttle.withLock { $0.throttled(now: clock.monotonicNanoseconds()) }
        }
        let isWorthIt = error.disposition == .retry || error.kind == .unknownOutcome
        guard repetition == .whenever, isWorthIt, number + 1 < policy.maximumAttempts,
          throttle.withLock({ $0.takeRetry() })
        else { throw error }
        let bound = policy.waitBound(number)
        await sleeper.sleep(milliseconds: Int64(random.below(Int(bound) + 1)))
        number += 1
        retries.add()
      }
    }
  }
}

extension RetryingStore {
  package func put(
    _ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?
  ) async throws(ObjectStoreError) -> ObjectSummary {
    try await attempt(key, condition == .none ? .whenever : .never) {
      () throws(ObjectStoreError) in
      try await base.put(key, body, condition: condition, checksum: checksum)
    }
  }

  package func get(_ key: String, range: ObjectRange)
    async throws(ObjectStoreError) -> FetchedObject
  {
    try await attempt(key) { () throws(ObjectStoreError) in
      try await base.get(key, range: range)
    }
  }

  package func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    try await attempt(key) { () throws(ObjectStoreError) in try await base.head(key) }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) {
    try await attempt(key) { () throws(ObjectStoreError) in try await base.delete(key) }
  }

  /// Keys that failed for a passing reason are tried again by themselves.
  package func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    var left = keys
    var failures: [ObjectStoreError] = []
    for number in 0..<policy.maximumAttempts {
      let answers = try await attempt(keys.first ?? "") { () throws(ObjectStoreError) in
        try await base.deleteMany(left)
      }
      let passing = answers.filter { $0.disposition == .retry || $0.kind == .unknownOutcome }
      failures += answers.filter { $0.disposition != .retry && $0.kind != .unknownOutcome }
      let isOver = passing.isEmpty || number + 1 == policy.maximumAttempts
      if isOver || !throttle.withLock({ $0.takeRetry() }) { return failures + passing }
      left = passing.map(\.key)
      await sleeper.sleep(milliseconds: Int64(random.below(Int(policy.waitBound(number)) + 1)))
      retries.add()
    }
    return failures
  }

  package func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  {
    try await attempt(prefix) { () throws(ObjectStoreError) in
      try await base.list(prefix: prefix, after: after, limit: limit)
    }
  }

  package func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    try await attempt(key) { () throws(ObjectStoreError) in
      try await base.createUpload(key, partByteCount: partByteCount)
    }
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    try await attempt(upload.key) { () throws(ObjectStoreError) in
      try await base.putPart(upload, number: number, body)
    }
  }

  /// When an attempt's answer was lost and the next one finds the upload gone (Ceph: 500), the
  /// object tells whether it was completed.
  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    var isRepeated = false
    return try await attempt(upload.key) { () throws(ObjectStoreError) in
      let wasRepeated = isRepeated
      isRepeated = true
      do throws(ObjectStoreError) {
        return try await base.completeUpload(upload, parts: parts)
      } catch {
        let isGone = error.kind == .notFound || error.kind == .unknownOutcome
        guard isGone, wasRepeated, let found = try? await base.head(upload.key),
          found.byteCount == parts.reduce(0, { $0 + $1.byteCount })
        else { throw error }
        return found
      }
    }
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    try await attempt(upload.key) { () throws(ObjectStoreError) in
      try await base.abortUpload(upload)
    }
  }

  package func listUploads(prefix: String)
    async throws(ObjectStoreError) -> [MultipartUpload]
  {
    try await attempt(prefix) { () throws(ObjectStoreError) in
      try await base.listUploads(prefix: prefix)
    }
  }
}
