import Platform
import Synchronization

/// A store that fails as real ones do: loses answers, throttles, lets writes land late, and dies
/// with the process at a given effect. It also records every call.
///
/// For tests and the simulation. Late writes belong to this object: they land during later calls,
/// or with `landLateWrites`, also after the crash, as packets under way do.
package final class FaultingStore: ObjectStore {
  typealias Effect = @Sendable () async -> Void

  private struct State {
    var operations: [StoreOperation] = []
    var late: [(callsLeft: Int, effect: Effect)] = []
  }

  package let base: any ObjectStore
  private let schedule: any FaultSchedule
  private let crash: CrashPlan
  private let state = Mutex(State())

  package init(
    _ base: any ObjectStore, _ schedule: any FaultSchedule = FaultScript { _ in .none },
    crash: CrashPlan = CrashPlan()
  ) {
    self.base = base
    self.schedule = schedule
    self.crash = crash
  }

  package var url: ObjectStoreURL { base.url }

  /// Every call so far, those that failed included.
  package var operations: [StoreOperation] { state.withLock { $0.operations } }

  package func forgetOperations() { state.withLock { $0.operations = [] } }

  /// Lets every late write happen now, in the order of their calls.
  package func landLateWrites() async {
    let effects = state.withLock { state in
      defer { state.late = [] }
      return state.late.map(\.effect)
    }
    for effect in effects { await effect() }
  }

  private func landDueWrites() async {
    let due = state.withLock { state in
      for index in state.late.indices { state.late[index].callsLeft -= 1 }
      defer { state.late.removeAll { $0.callsLeft <= 0 } }
      return state.late.filter { $0.callsLeft <= 0 }.map(\.effect)
    }
    for effect in due { await effect() }
  }

  private func dead(_ key: String) -> ObjectStoreError {
    ObjectStoreError(.cancelled, key: key, "the process has crashed (by plan)")
  }

  /// Performs one call under its fault. `denial` is what a second attempt would be told.
  private func run<T: Sendable>(
    _ operation: StoreOperation, denial: ObjectStoreError.Kind = .unknownOutcome,
    _ work: @escaping @Sendable () async throws(ObjectStoreError) -> T
  ) async throws(ObjectStoreError) -> T {
    if crash.hasCrashed { throw dead(operation.key) }
    await landDueWrites()
    let isEffect = operation.kind.isEffect
    let fault = schedule.fault(for: operation)
    state.withLock { $0.operations.append(operation) }
    let lost = ObjectStoreError(
      isEffect ? .unknownOutcome : .unavailable, key: operation.key, "\(fault) (by plan)")
    switch fault {
    case .throttles: throw ObjectStoreError(.throttled, key: operation.key, "by plan")
    case .failsBefore: throw lost
    case .landsLate where !isEffect: throw lost
    case .landsLate(let calls):
      state.withLock { $0.late.append((calls, { _ = try? await work() })) }
      throw lost
    case .none, .losesAnswer, .deniesOwnSuccess:
      let result = try await perform(operation, work)
      if fault == .none { return result }
      if fault == .deniesOwnSuccess && isEffect {
        throw ObjectStoreError(denial, key: operation.key, "one's own success (by plan)")
      }
      throw lost
    }
  }

  /// The call itself, an effect of the crash plan if it is one.
  private func perform<T: Sendable>(
    _ operation: StoreOperation, _ work: @Sendable () async throws(ObjectStoreError) -> T
  ) async throws(ObjectStoreError) -> T {
    guard operation.kind.isEffect else { return try await work() }
    guard let index = crash.begin(operation.description) else { throw dead(operation.key) }
    do throws(ObjectStoreError) {
      let result = try await work()
      guard crash.end(index) else { throw dead(operation.key) }
      return result
    } catch {
      guard crash.end(index) else { throw dead(operation.key) }
      throw error
    }
  }
}

extension FaultingStore {
  package func put(
    _ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?
  ) async throws(ObjectStoreError) -> ObjectSummary {
    var operation = StoreOperation(.put, key)
    operation.condition = condition
    operation.byteCount = body.reduce(0) { $0 + $1.count }
    let denial: ObjectStoreError.Kind =
      switch condition {
      case .none: .unknownOutcome
      case .ifAbsent: .alreadyExists
      case .ifMatch: .preconditionFailed
      }
    return try await run(operation, denial: denial) { [base] () throws(ObjectStoreError) in
      try await base.put(key, body, condition: condition, checksum: checksum)
    }
  }

  package func get(_ key: String, range: ObjectRange)
    async throws(ObjectStoreError) -> FetchedObject
  {
    var operation = StoreOperation(.get, key)
    operation.range = range
    return try await run(operation) { [base] () throws(ObjectStoreError) in
      try await base.get(key, range: range)
    }
  }

  package func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    try await run(StoreOperation(.head, key)) { [base] () throws(ObjectStoreError) in
      try await base.head(key)
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) {
    try await run(StoreOperation(.delete, key)) { [base] () throws(ObjectStoreError) in
      try await base.delete(key)
    }
  }

  package func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    try await run(StoreOperation(.deleteMany, keys.first ?? "")) {
      [base] () throws(ObjectStoreError) in try await base.deleteMany(keys)
    }
  }

  package func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  {
    try await run(StoreOperation(.list, prefix)) { [base] () throws(ObjectStoreError) in
      try await base.list(prefix: prefix, after: after, limit: limit)
    }
  }

  package func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    try await run(StoreOperation(.createUpload, key)) { [base] () throws(ObjectStoreError) in
      try await base.createUpload(key, partByteCount: partByteCount)
    }
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    var operation = StoreOperation(.putPart, upload.key)
    operation.byteCount = body.reduce(0) { $0 + $1.count }
    return try await run(operation) { [base] () throws(ObjectStoreError) in
      try await base.putPart(upload, number: number, body)
    }
  }

  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try await run(StoreOperation(.completeUpload, upload.key)) {
      [base] () throws(ObjectStoreError) in try await base.completeUpload(upload, parts: parts)
    }
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    try await run(StoreOperation(.abortUpload, upload.key)) {
      [base] () throws(ObjectStoreError) in try await base.abortUpload(upload)
    }
  }

  package func listUploads(prefix: String)
    async throws(ObjectStoreError) -> [MultipartUpload]
  {
    try await run(StoreOperation(.listUploads, prefix)) {
      [base] () throws(ObjectStoreError) in try await base.listUploads(prefix: prefix)
    }
  }
}
