import CommitLog
import Coordinators
import Platform
import Records

extension GroupShardDriver {
  /// Writes the end of a transaction behind everything that the groups have written; when it is
  /// durable, the transaction's offsets take force or go, and `done` is called, with the error if
  /// it failed. From any thread; waits for the shard to be loaded.
  func endTransaction(
    _ marker: TransactionMarker, done: @escaping @Sendable (StorageError?) -> Void
  ) {
    whenLoaded { [self] in
      guard shard != nil else {
        return done(.failed(operation: "end a transaction", path: partition.topicName, errno: 11))
      }
      append()
      do throws(StorageError) {
        let outcome = try partition.endTransaction(marker, now: parts.clock.wallMilliseconds())
        if let refusal = outcome.refusal {
          parts.log.warn(
            "the end of a transaction comes too late", ("partition", partition.id),
            ("producer", marker.producerID), ("error", refusal.name))
          return done(nil)
        }
      } catch {
        return done(error)
      }
      let end = partition.log.endOffset
      guard parts.waitsForSync else { return ended(marker, end, nil, done) }
      partition.whenSynced(
        SyncWaiter(upTo: end) { [self] failure in
          loop.post { [self] in ended(marker, end, failure, done) }
        }, pool: parts.pool)
    }
  }

  private func ended(
    _ marker: TransactionMarker, _ end: Offset, _ failure: StorageError?,
    _ done: @Sendable (StorageError?) -> Void
  ) {
    // First what stands before the marker.
    synced(end, failure)
    if failure == nil {
      shard?.endTransaction(
        ofProducer: marker.producerID, commits: marker.outcome == .commit)
    }
    done(failure)
  }
}
