import Synchronization

/// A fetch session that outlives its fetches. The next fetch may come by another connection, and so
/// on another loop.
final class SharedFetchSession: Sendable {
  let state: Mutex<FetchSession>
  let watch = FetchWatch()

  init(usesTopicIDs: Bool) {
    state = Mutex(FetchSession(usesTopicIDs: usesTopicIDs, isKept: true))
  }
}
