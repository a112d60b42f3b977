import Lake
import Records
import Synchronization

/// What is known of a topic's table without asking the store: which offsets are settled, and which
/// files hold them. Written by the topic's settler, read by every fetch; never blocks.
package final class ColdView: Sendable {
  /// One state of the table.
  package struct Snapshot: Sendable {
    package var state = SettledState()
    /// By first offset, for each partition.
    package var files: [PartitionID: [ColdFile]] = [:]
    /// The table, for looking again; nil for a topic without one.
    package var table: LakeTable?
    /// The table's version.
    package var version: Int64 = 0

    package init() {}
  }

  /// The most callbacks that wait; beyond it the oldest are dropped, whose fetches end by their own
  /// time.
  private static let waitingLimit = 10_000

  private struct State {
    var snapshot: Snapshot?
    var waiting: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// The newest state; nil until the store has been asked once.
  package var snapshot: Snapshot? { state.withLock { $0.snapshot } }

  /// The first offset that has not settled; nil while that is not known, or nothing has.
  package func settled(_ partition: PartitionID) -> Offset? {
    snapshot?.state[partition]?.settled
  }

  /// Bytes of the files that hold the partition's records, as far as the table is known. A file of
  /// several partitions, which only other software makes, counts for the first of them.
  package func byteCount(_ partition: PartitionID) -> Int64 {
    let files = snapshot?.files[partition] ?? []
    return files.reduce(0) {
      $1.partitions.lowerBound == partition.rawValue ? $0 + $1.byteCount : $0
    }
  }

  /// Calls back once when the state is first known; at once if it is.
  package func whenKnown(_ callback: @escaping @Sendable () -> Void) {
    let isKnown = state.withLock { state in
      if state.snapshot == nil {
        if state.waiting.count >= Self.waitingLimit {
          state.waiting.removeFirst(Self.waitingLimit / 2)
        }
        state.waiting.append(callback)
      }
      return state.snapshot != nil
    }
    if isKnown { callback() }
  }

  /// Takes `snapshot` for what is known, unless a later version is: several tasks ask the store,
  /// and their answers may cross.
  func publish(_ snapshot: Snapshot) {
    let waiting = state.withLock { state in
      if snapshot.version >= state.snapshot?.version ?? 0 { state.snapshot = snapshot }
      defer { state.waiting = [] }
      return state.waiting
    }
    for callback in waiting { callback() }
  }
}

extension LakeTable {
  /// What the table knows of its latest version, all of one version.
  func coldSnapshot() -> ColdView.Snapshot {
    var snapshot = ColdView.Snapshot()
    snapshot.table = self
    snapshot.version = version
    snapshot.state = state
    for partition in state.partitions.keys {
      snapshot.files[partition] = dataFiles(of: partition)
    }
    return snapshot
  }
}
