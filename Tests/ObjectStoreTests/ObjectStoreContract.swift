import Platform
import Testing

@testable import ObjectStore

/// What every `ObjectStore` must do. Each behaviour gets a prefix of its own, so that one store can
/// serve all of them, one after the other or at once.
struct ObjectStoreContract: Sendable, CustomTestStringConvertible {
  let name: String
  let check: @Sendable (Subject) async throws -> Void
  var testDescription: String { name }

  init(_ name: String, _ check: @escaping @Sendable (Subject) async throws -> Void) {
    self.name = name
    self.check = check
  }

  /// A store and what is particular about it.
  struct Subject: Sendable {
    let store: any ObjectStore
    let prefix: String
    /// Slow stores get fewer objects where the number matters little.
    var isFast = true
    /// moto answers 500 to a part of an upload that was aborted, and both it and Ceph to its
    /// completion.
    var knowsAbortedUploads = true

    init(_ store: any ObjectStore, isFast: Bool = true) {
      self.store = store
      self.isFast = isFast
      prefix = "contract-\(SystemRandom().next())/"
    }

    func key(_ name: String) -> String { prefix + name }
  }

  static let all = reading + writing + listing + removing + uploading

  /// `count` bytes that differ from place to place.
  static func bytes(_ count: Int, seed: Int = 0) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    // A prime length, so that no part of a body equals another at a round position.
    let pattern = (0..<min(count, 65_537)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += pattern.prefix(count - bytes.count) }
    return bytes
  }
}

/// Runs `work`, which must fail, and answers how.
func failure<T>(of work: () async throws(ObjectStoreError) -> T) async -> ObjectStoreError.Kind? {
  do throws(ObjectStoreError) {
    _ = try await work()
    return nil
  } catch { return error.kind }
}
