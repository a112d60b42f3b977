import ObjectStore

/// What a failed conditional create means.
enum CreateAnswer {
  /// There is an object: somebody's, or one's own.
  case exists
  /// It may have happened, or may still happen.
  case unclear
  /// As `unclear`, and the task is cancelled: there is no trying again.
  case cancelled
  /// It did not happen, and will not.
  case refused

  /// Every 5xx counts as unclear: what stands between here and the store may have answered it.
  init(_ error: ObjectStoreError) {
    switch error.kind {
    case .alreadyExists, .preconditionFailed: self = .exists
    case .unknownOutcome, .throttled, .unavailable: self = .unclear
    case .cancelled: self = .cancelled
    case .notFound, .denied, .invalid, .archived: self = .refused
    }
  }
}

extension TableStore {
  /// Waits a random time below the bound.
  func pause(boundMilliseconds: Int64) async {
    let wait = environment.random.below(Int(max(0, boundMilliseconds)) + 1)
    await environment.sleeper.sleep(milliseconds: Int64(wait))
  }

  /// Names version 1 in the hint, if there is no hint.
  func writeFirstHint() async throws(ObjectStoreError) {
    do throws(ObjectStoreError) {
      try await store.put(place.hintKey, text: "1", condition: .ifAbsent)
    } catch {
      // Without a hint the versions are listed.
      if CreateAnswer(error) == .cancelled { throw error }
    }
  }
}
