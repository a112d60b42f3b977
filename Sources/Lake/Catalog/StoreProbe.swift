import ObjectStore
import Platform

/// Tries out, at start, the one promise that the commit protocol rests on: of several conditional
/// creates of one key exactly one wins.
package struct StoreProbe: Sendable {
  private let environment: LakeEnvironment
  private let prefix: String

  package init(_ environment: LakeEnvironment, namespace: String = "kafka") {
    self.environment = environment
    prefix = "\(namespace)/_probe"
  }

  /// Throws `storeSemantics` for a store that lets two writers win or loses what was written, and
  /// `store` when it cannot be reached.
  package func check() async throws(LakeError) {
    for attempt in 0..<5 {
      let key = "\(prefix)/\(CommitID(environment.random))"
      let isDecided = try await check(key)
      do throws(ObjectStoreError) { try await environment.store.delete(key) } catch {
        environment.logger.debug("a probe is left behind", ("key", key), ("why", error))
      }
      if isDecided { return }
      await environment.sleeper.sleep(
        milliseconds: Int64(environment.random.below(100 << attempt)))
    }
    throw .store(
      ObjectStoreError(.unavailable, key: prefix, "conditional creates get no clear answer"))
  }

  /// False when an answer was lost, so that nothing follows from it.
  private func check(_ key: String) async throws(LakeError) -> Bool {
    let first = ByteBlock(Array("first".utf8))
    guard try await create(key, first) == .created else { return false }
    switch try await create(key, ByteBlock(Array("second".utf8))) {
    case .created:
      throw .storeSemantics(
        "a second conditional create (If-None-Match: *) of one key succeeded; two writers would "
          + "both believe that they had committed")
    case .unclear: return false
    case .exists: break
    }
    let found: ByteBlock
    do throws(ObjectStoreError) { found = try await environment.store.get(key).body } catch {
      throw .store(error)
    }
    guard found.array == first.array else {
      throw .storeSemantics("an object was changed by a create that was refused")
    }
    return true
  }

  private enum Answer { case created, exists, unclear }

  private func create(_ key: String, _ body: ByteBlock) async throws(LakeError) -> Answer {
    do throws(ObjectStoreError) {
      try await environment.store.put(key, body, condition: .ifAbsent)
      return .created
    } catch {
      switch CreateAnswer(error) {
      case .exists: return .exists
      case .unclear: return .unclear
      case .cancelled, .refused: throw .store(error)
      }
    }
  }
}
