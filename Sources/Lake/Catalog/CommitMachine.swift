import ObjectStore
import Records

/// Decides how a commit goes on: the rules for 412, lost answers, rebasing, fencing. No I/O; a
/// driver (`LakeTable`) performs the actions and reports the events.
package struct CommitMachine: Sendable {
  /// What matters of a metadata version.
  package struct View: Equatable, Sendable {
    package var version: Int64
    /// The commit is in it, as its maker or through a snapshot.
    package var containsOwnCommit = false
    package var epoch: Int64 = 0
    package var settled: [PartitionID: Offset] = [:]
    package var isRolledBack = false
  }

  package enum Event: Sendable {
    /// The head of the table; `startedAt`: when loading it began.
    case loaded(View, startedAt: Int64)
    /// Manifests and list for the base are written.
    case prepared
    /// The base does not have a file that is to be removed.
    case inputGone(String)
    /// The create succeeded.
    case created
    /// The create met an object (412).
    case exists
    /// The create timed out or failed at the server: it may have happened, or may still happen.
    case unclear
    /// The task is cancelled: the create under way may have happened.
    case cancelled
    /// The create was refused in a way that says that nothing happened, whatever is tried.
    case refused(ObjectStoreError)
    /// The version that the create met.
    case found(View, startedAt: Int64)
    /// There is no such version, although the create met one.
    case missing
    /// The version that the create met cannot be read now.
    case unreadable
  }

  package enum Action: Equatable, Sendable {
    case load
    /// Write manifests and list on top of the version seen last; attempts count from 1.
    case prepare(attempt: Int)
    /// Create this version unless it exists.
    case create(version: Int64)
    /// Wait a random time below the bound, then create with the *same bytes* again.
    case createAgain(version: Int64, waitBoundMilliseconds: Int64)
    case read(version: Int64)
    /// Wait likewise, then read.
    case readAgain(version: Int64, waitBoundMilliseconds: Int64)
    case finish(Verdict)
  }

  package enum Verdict: Equatable, Sendable {
    case committed(version: Int64)
    case abandoned(AbandonReason)
    case fenced(epoch: Int64)
    case rolledBack
    case unknown(version: Int64)
    /// Nothing happened, and trying again changes nothing.
    case failed(kind: ObjectStoreError.Kind)
  }

  private let epoch: Int64
  /// Where each partition's settled offset must stand.
  private let starts: [PartitionID: Offset]
  private let patience: Int64
  /// A base older than this (nanoseconds) may have been deleted, and its number made anew.
  private let maximumBaseAge: Int64

  /// The version the attempt is based on.
  private var base: Int64 = 0
  private var baseStartedAt: Int64 = 0
  private var attempt = 0
  /// Since when the outcome of the create under way is unknown.
  private var unclearSince: Int64?
  private var unclearCount = 0

  package init(
    epoch: Int64, starts: [PartitionID: Offset], patienceMilliseconds: Int64 = 60_000,
    maximumBaseAgeMilliseconds: Int64 = 1_800_000
  ) {
    self.epoch = epoch
    self.starts = starts
    patience = patienceMilliseconds * 1_000_000
    maximumBaseAge = maximumBaseAgeMilliseconds * 1_000_000
  }

  package func start() -> Action { .load }

  /// The next action; `now` is monotonic, in nanoseconds.
  package mutating func handle(_ event: Event, now: Int64) -> Action {
    switch event {
    case .loaded(let view, let startedAt):
      if view.containsOwnCommit { return .finish(.committed(version: view.version)) }
      if view.epoch > epoch { return .finish(.fenced(epoch: view.epoch)) }
      return rebase(on: view, startedAt)
    case .prepared: return .create(version: base + 1)
    case .inputGone(let path): return .finish(.abandoned(.inputGone(path)))
    case .created:
      // Over half of the time that versions stay: the number may have been deleted and made anew.
      if now - baseStartedAt > maximumBaseAge { return .finish(.unknown(version: base + 1)) }
      return .finish(.committed(version: base + 1))
    case .exists: return .read(version: base + 1)
    case .unclear, .missing:
      return again(now) { .createAgain(version: $0, waitBoundMilliseconds: $1) }
    case .unreadable:
      return again(now) { .readAgain(version: $0, waitBoundMilliseconds: $1) }
    case .cancelled: return .finish(.unknown(version: base + 1))
    case .refused(let error):
      // An earlier try of the same bytes may have happened.
      if unclearSince != nil { return .finish(.unknown(version: base + 1)) }
      return .finish(.failed(kind: error.kind))
    case .found(let view, let startedAt):
      // First of all: a lost answer makes one's own success look like somebody else's.
      if view.containsOwnCommit { return .finish(.committed(version: view.version)) }
      if view.epoch > epoch { return .finish(.fenced(epoch: view.epoch)) }
      guard view.epoch == epoch else {
        return .finish(.abandoned(.epochChanged(view.epoch)))
      }
      return rebase(on: view, startedAt)
    }
  }

  /// Goes on from `view` if every partition still stands where this commit starts.
  private mutating func rebase(on view: View, _ startedAt: Int64) -> Action {
    if view.isRolledBack { return .finish(.rolledBack) }
    for (partition, start) in starts.sorted(by: { $0.key < $1.key }) {
      // A partition that the table does not know begins with this commit.
      guard let settled = view.settled[partition] else {
        if attempt == 0 || !knownAtStart.contains(partition) { continue }
        return .finish(.abandoned(.settledMoved(partition, to: nil)))
      }
      if settled != start { return .finish(.abandoned(.settledMoved(partition, to: settled))) }
    }
    if attempt == 0 { knownAtStart = Set(view.settled.keys) }
    base = view.version
    baseStartedAt = startedAt
    unclearSince = nil
    unclearCount = 0
    attempt += 1
    return .prepare(attempt: attempt)
  }

  /// The partitions that the table knew when the commit began: none may vanish.
  private var knownAtStart: Set<PartitionID> = []

  private mutating func again(_ now: Int64, _ action: (Int64, Int64) -> Action) -> Action {
    let since = unclearSince ?? now
    unclearSince = since
    if now - since > patience || now - baseStartedAt > maximumBaseAge {
      return .finish(.unknown(version: base + 1))
    }
    unclearCount += 1
    return action(base + 1, min(5_000, 100 << Int64(min(unclearCount, 10))))
  }
}
