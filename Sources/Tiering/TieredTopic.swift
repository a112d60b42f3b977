import CommitLog
import Lake
import Records
import Synchronization

/// One partition's local log, as settling sees it.
package struct TieredPartition: Sendable {
  package let id: PartitionID
  package let log: PartitionLog

  package init(id: PartitionID, log: PartitionLog) {
    self.id = id
    self.log = log
  }
}

/// A topic under the care of `Tiering`: its local logs, its settings, and what is known of its
/// table.
package final class TieredTopic: Sendable {
  package let identity: TableIdentity
  package let view = ColdView()
  private let logs: Mutex<[TieredPartition]>
  private let inForce: Mutex<TieringSettings>
  private let isGone = Atomic<Bool>(false)
  private let drops = Atomic<Bool>(false)
  private let fenced = Atomic<Bool>(false)
  /// The writer's epoch: the highest leader epoch of its partitions.
  private let writerEpoch: @Sendable () -> Int64

  package init(
    _ identity: TableIdentity, partitions: [TieredPartition], settings: TieringSettings,
    epoch: @escaping @Sendable () -> Int64
  ) {
    self.identity = identity
    logs = Mutex(partitions)
    inForce = Mutex(settings)
    writerEpoch = epoch
  }

  package var topicID: TopicID { identity.topicID }
  package var partitions: [TieredPartition] { logs.withLock { $0 } }
  package var settings: TieringSettings { inForce.withLock { $0 } }
  package var epoch: Int64 { writerEpoch() }
  /// The topic was deleted: nothing more settles.
  package var isRemoved: Bool { isGone.load(ordering: .acquiring) }
  /// Its table goes with it.
  var dropsTable: Bool { drops.load(ordering: .relaxed) }
  /// Another writer has taken the table over: records for the topic must not be accepted.
  package var isFenced: Bool { fenced.load(ordering: .acquiring) }

  package func configure(_ settings: TieringSettings) { inForce.withLock { $0 = settings } }
  package func add(_ partitions: [TieredPartition]) { logs.withLock { $0 += partitions } }
  /// Nothing more settles. With `droppingTable` the topic's table and all its objects go, too.
  package func remove(droppingTable: Bool = false) {
    drops.store(droppingTable, ordering: .relaxed)
    isGone.store(true, ordering: .releasing)
  }
  func fence() { fenced.store(true, ordering: .releasing) }
}
