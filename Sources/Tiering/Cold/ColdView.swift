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

    package init() {}

    /// What `table` knows of its latest version.
    init(of table: LakeTable) async {
      self.table = table
      state = await table.state
      for partition in state.partitions.keys {
        files[partition] = await table.dataFiles(of: partition)
      }
    }
  }

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

  /// Calls back once when the state is first known; at once if it is.
  package func whenKnown(_ callback: @escaping @Sendable () -> Void) {
    let isKnown = state.withLock { state in
      if state.snapshot == nil { state.waiting.append(callback) }
      return state.snapshot != nil
    }
    if isKnown { callback() }
  }

  func publish(_ snapshot: Snapshot) {
    let waiting = state.withLock { state in
      state.snapshot = snapshot
      defer { state.waiting = [] }
      return state.waiting
    }
    for callback in waiting { callback() }
  }
}
