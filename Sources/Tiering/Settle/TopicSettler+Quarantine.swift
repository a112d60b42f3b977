import CommitLog
import Lake
import ObjectStore
import Platform
import Records

extension TopicSettler {
  /// Puts the batch at the start of a range aside, in a commit of its own, so that settling goes on
  /// behind it. False when nobody can tell where the batch ends; then the partition stays where it
  /// is.
  func quarantine(
    _ partition: TieredPartition, settled: Offset, from start: Offset, below end: Offset,
    because error: TieringError
  ) async throws(TieringError) -> Bool {
    guard let batch = try await damagedBatch(partition, from: start, below: end) else {
      return false
    }
    // What was begun before the damage was found is cleared away first.
    try await recover()
    let table = try await madeTable()
    let commitID = table.newCommitID()
    var upload = CommitUpload(
      environment, topic, table, spec: try await defaultSpec(of: table), commitID: commitID,
      journal: journal)
    try await upload.quarantine(batch, of: partition, settled: settled, from: start)
    guard try await commit(upload, commitID, table) else { return false }
    metrics.quarantinedBatches.add()
    environment.log.error(
      "a batch cannot be decoded: it is put aside as it is, and has no rows in the table",
      ("topic", topic.identity.topic), ("partition", partition.id), ("offset", start),
      ("end", batch.end), ("object", upload.intent.dataFileKeys[0]), ("cause", error))
    return true
  }

  private func damagedBatch(
    _ partition: TieredPartition, from start: Offset, below end: Offset
  ) async throws(TieringError) -> DamagedBatch? {
    let result = await environment.pool.run { () -> Result<DamagedBatch?, StorageError> in
      do throws(StorageError) {
        return .success(try DamagedBatch.read(partition.log, at: start, below: end))
      } catch { return .failure(error) }
    }
    switch result {
    case .success(let batch): return batch
    // Its length is what is damaged.
    case .failure(.corrupt): return nil
    case .failure(let error): throw .storage(error)
    case nil: throw .lake(.invalid("the settle pool's queue is full"))
    }
  }
}
