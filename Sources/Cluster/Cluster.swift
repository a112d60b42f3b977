import KafkaProtocol
import Platform
import Records
import Synchronization

/// The cluster's metadata: one image that everyone reads, changed by one writer at a time.
///
/// A change is decided on the current image, appended to the metadata log, synced, and only then
/// replayed into the image: what a client was told survives a power cut.
package final class Cluster: Sendable {
  /// Ids that are reserved with one record, so that a producer id costs no sync (Kafka's size).
  package static let producerIDBlock: Int64 = 1000

  private struct ProducerIDs {
    var next: Int64 = 0
    var end: Int64 = 0
  }

  package let clusterID: String
  package let nodeID: Int32
  private let log: MetadataLog
  private let current: Mutex<ClusterImage>
  /// Held for a whole decide-append-sync-replay, so that decisions see all earlier changes.
  private let writing = Mutex(())
  private let producerIDs = Mutex(ProducerIDs())

  /// Replays the log.
  package init(log: MetadataLog, clusterID: String, nodeID: Int32) {
    self.log = log
    self.clusterID = clusterID
    self.nodeID = nodeID
    var image = ClusterImage()
    log.replay { image.replay($0) }
    current = Mutex(image)
  }

  /// The newest metadata.
  package var image: ClusterImage { current.withLock { $0 } }

  /// Where the metadata log ends.
  package var metadataEndOffset: Offset { log.endOffset }

  /// Decides on a change and makes it durable; blocks for a sync.
  ///
  /// - Throws: `Refusal` as `decide` does; KAFKA_STORAGE_ERROR when the log cannot be written.
  @discardableResult
  package func change(
    _ decide: (ClusterImage) throws(Refusal) -> [MetadataRecord]
  ) throws(Refusal) -> ClusterImage {
    let result: Result<ClusterImage, Refusal> = writing.withLock { _ in
      do throws(Refusal) {
        let records = try decide(image)
        guard !records.isEmpty else { return .success(image) }
        do throws(StorageError) {
          try log.append(records)
        } catch {
          throw Refusal(.kafkaStorageError, "the metadata log cannot be written: \(error)")
        }
        let changed = current.withLock { image in
          for record in records { image.replay(record) }
          return image
        }
        log.compactIfDue(changed.records(leader: nodeID))
        return .success(changed)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// A producer id that was never given out before, also not before a crash. May block for a sync.
  package func nextProducerID() throws(Refusal) -> Int64 {
    while true {
      let id: Int64? = producerIDs.withLock { ids in
        guard ids.next < ids.end else { return nil }
        ids.next += 1
        return ids.next - 1
      }
      if let id { return id }
      let after = try change { (image) throws(Refusal) in
        [.producerIDs(broker: nodeID, next: image.nextProducerID + Self.producerIDBlock)]
      }
      producerIDs.withLock { ids in
        guard ids.end < after.nextProducerID else { return }
        ids.next = after.nextProducerID - Self.producerIDBlock
        ids.end = after.nextProducerID
      }
    }
  }

  /// Raises the leader epoch of every partition: after an unclean stop, before anything is written.
  package func raiseLeaderEpochs() throws(Refusal) {
    try change { (image) throws(Refusal) in
      image.topics.values.sorted { $0.name < $1.name }.flatMap { topic in
        (0..<topic.partitionCount).map {
          .leaderChange(topic: topic.id, partition: PartitionID(Int32($0)), leader: nodeID)
        }
      }
    }
  }
}
