import CommitLog
import Coordinators
import KafkaProtocol
import Platform
import Records

/// Tells the partitions of a decided transaction its outcome: with one broker straight into their
/// logs.
struct TransactionMarkerWriter: Sendable {
  let topics: TopicTable
  let groups: GroupCoordinator
  let clock: any Clock
  let pool: BlockingPool
  let log: Logger
  /// Waits for fdatasync.
  let waitsForSync: Bool

  /// Writes a marker to every partition that still exists; may wait for the disk's cache, as every
  /// append.
  ///
  /// - Parameters:
  ///   - coordinatorEpoch: of the shard that decided.
  ///   - done: called once, from any thread; true when every marker is durable.
  func write(
    _ decided: DecidedTransaction, coordinatorEpoch: LeaderEpoch,
    done: @escaping @Sendable (Bool) -> Void
  ) {
    let marker = TransactionMarker(
      producerID: decided.producer.id, producerEpoch: decided.producer.epoch,
      outcome: decided.commits ? .commit : .abort, coordinatorEpoch: coordinatorEpoch.rawValue)
    let table = topics.snapshot
    let places = decided.partitions.compactMap {
      table.topic(named: $0.topic)?.partition($0.partition)
    }
    // They will need their markers when they are back.
    let areAllHere = decided.partitions.allSatisfy {
      table.topic(named: $0.topic)?.isOffline($0.partition) != true
    }
    let gathering = Gathering(count: places.count) { done(areAllHere && $0.allSatisfy { $0 }) }
    for (index, place) in places.enumerated() {
      let finish: @Sendable (StorageError?) -> Void = { failure in
        gathering.put(isSettled(failure, place), at: index)
      }
      if place.topicName == OffsetsTopic.name {
        groups.endTransaction(marker, at: place.id, done: finish)
      } else {
        write(marker, to: place, done: finish)
      }
    }
  }

  private func write(
    _ marker: TransactionMarker, to partition: Partition,
    done: @escaping @Sendable (StorageError?) -> Void
  ) {
    do throws(StorageError) {
      let outcome = try partition.endTransaction(marker, now: clock.wallMilliseconds())
      if let refusal = outcome.refusal {
        log.warn(
          "the end of a transaction comes too late", ("topic", partition.topicName),
          ("partition", partition.id), ("producer", marker.producerID), ("error", refusal.name))
        return done(nil)
      }
    } catch {
      return done(error)
    }
    guard waitsForSync else { return done(nil) }
    partition.whenSynced(
      SyncWaiter(upTo: partition.log.endOffset, done: done), pool: pool)
  }

  /// Whether the partition needs no marker any more: it has one, or is gone.
  private func isSettled(_ failure: StorageError?, _ partition: Partition) -> Bool {
    guard let failure else { return true }
    let topic = topics.snapshot.byID[partition.topicID]
    guard topic?.partition(partition.id) === partition else { return true }
    log.error(
      "the end of a transaction cannot be written", ("topic", partition.topicName),
      ("partition", partition.id), ("error", failure))
    return false
  }
}
