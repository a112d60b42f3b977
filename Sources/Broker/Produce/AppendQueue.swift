import CommitLog
import KafkaProtocol
import Net
import Platform
import Records

/// What one loop iteration received to append, by partition, so that each partition is written
/// with one system call (hot-path rule 1). Touched on its loop's thread only.
final class AppendQueue {
  /// One batch and who waits for it.
  struct Owner {
    let produce: PendingProduce
    /// The partition's place in the answer.
    let place: PendingProduce.Place
  }

  private struct Waiting {
    let partition: Partition
    var batches: [BatchAppend] = []
    var owners: [Owner] = []
  }

  private let broker: BrokerContext
  private let loop: EventLoop
  private var waiting: [Waiting] = []

  init(broker: BrokerContext, loop: EventLoop) {
    self.broker = broker
    self.loop = loop
  }

  /// Queues a validated batch, whose bytes must stay where they are until `commit()`.
  func add(_ batch: BatchAppend, to partition: Partition, for owner: Owner) {
    // A loop serves few partitions in one iteration: a scan beats a dictionary.
    if let index = waiting.firstIndex(where: { $0.partition === partition }) {
      waiting[index].batches.append(batch)
      waiting[index].owners.append(owner)
    } else {
      waiting.append(Waiting(partition: partition, batches: [batch], owners: [owner]))
    }
  }

  /// Appends all that waits, answers acks=1, and hands acks=all to the group sync.
  func commit() {
    guard !waiting.isEmpty else { return }
    let batch = waiting
    waiting.removeAll(keepingCapacity: true)
    for entry in batch { append(entry) }
  }

  private func append(_ entry: Waiting) {
    let partition = entry.partition
    do throws(StorageError) {
      let outcomes = try partition.log.append(
        entry.batches, epoch: partition.leaderEpoch, now: broker.clock.wallMilliseconds())
      partition.wakeFetches()
      let logStart = partition.log.logStartOffset
      var synced: [Owner] = []
      for (owner, outcome) in zip(entry.owners, outcomes) {
        let isStored = owner.produce.record(outcome, logStart: logStart, at: owner.place)
        if isStored, owner.produce.waitsForSync {
          synced.append(owner)
        } else {
          owner.produce.finishOne()
        }
      }
      if !synced.isEmpty { awaitSync(of: partition, for: synced) }
    } catch {
      broker.storageFailed(error, partition)
      for owner in entry.owners {
        owner.produce.fail(.kafkaStorageError, at: owner.place)
        owner.produce.finishOne()
      }
    }
  }

  private func awaitSync(of partition: Partition, for owners: [Owner]) {
    let owners = UncheckedTransfer(owners)
    let waiter = SyncWaiter(upTo: partition.log.endOffset) { [loop, broker] failure in
      if let failure { broker.storageFailed(failure, partition) }
      loop.post {
        for owner in owners.value {
          if failure != nil { owner.produce.fail(.kafkaStorageError, at: owner.place) }
          owner.produce.finishOne()
        }
      }
    }
    partition.whenSynced(waiter, pool: broker.pool)
  }
}

/// Carries a value through a `@Sendable` closure that comes back to the thread it left from.
struct UncheckedTransfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
