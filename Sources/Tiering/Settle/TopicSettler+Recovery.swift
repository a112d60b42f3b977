import Lake
import ObjectStore
import Platform
import Records

extension TopicSettler {
  /// Finds out what became of commits whose outcome is not known, and removes what they left.
  func recover() async throws(TieringError) {
    guard !hasRecovered else { return }
    let intents: [SettleIntent]
    do throws(StorageError) {
      intents = try journal.intents(of: topic.topicID) { path, reason in
        environment.log.error(
          "an intent cannot be read and is set aside; objects of its commit may stay",
          ("file", path), ("reason", reason))
      }
    } catch { throw .storage(error) }
    for intent in intents { try await recover(intent) }
    hasRecovered = true
    if !intents.isEmpty { await publish() }
  }

  private func recover(_ intent: SettleIntent) async throws(TieringError) {
    guard let commitID = CommitID(intent.commitID) else {
      throw .lake(.corrupt(file: intent.commitID, reason: "not a commit id"))
    }
    do throws(LakeError) {
      if let attempt = intent.attempt {
        guard let table else {
          throw LakeError.corrupt(file: topic.identity.topic, reason: "the table is gone")
        }
        switch try await table.reconcile(attempt) {
        case .committed: return try await dropped(intent)
        case .unknown:
          throw .store(
            ObjectStoreError(
              .unknownOutcome, key: intent.commitID, "a commit's outcome is still unknown"))
        case .dead: break
        }
      }
      try await removeUploads(intent)
      let left: [String]
      if let table {
        left = try await table.removeOrphans(of: commitID, dataFileKeys: intent.dataFileKeys)
      } else {
        left = try await removeFiles(intent)
      }
      guard left.isEmpty else {
        throw .store(ObjectStoreError(.unavailable, key: left[0], "an orphan cannot be removed"))
      }
      try await dropped(intent)
    } catch { throw .lake(error) }
  }

  /// Aborts uploads in parts that a crash cut off.
  private func removeUploads(_ intent: SettleIntent) async throws(LakeError) {
    do throws(ObjectStoreError) {
      for key in intent.dataFileKeys {
        for upload in try await environment.store.listUploads(prefix: key) {
          try await environment.store.abortUpload(upload)
        }
      }
    } catch { throw .store(error) }
  }

  private func removeFiles(_ intent: SettleIntent) async throws(LakeError) -> [String] {
    guard !intent.dataFileKeys.isEmpty else { return [] }
    do throws(ObjectStoreError) {
      return try await environment.store.deleteMany(intent.dataFileKeys).map(\.key)
    } catch { throw .store(error) }
  }

  func dropped(_ intent: SettleIntent) async throws(LakeError) {
    do throws(StorageError) { try journal.remove(intent) } catch { throw .storage(error) }
  }

  // MARK: A topic that is deleted

  /// Clears away what a removed topic left: commits whose outcome is open, and the table itself if
  /// it goes with its topic. Gives up when the store stays away; then the objects stay.
  func leave() async {
    for attempt in 0..<8 where !Task.isCancelled {
      do throws(TieringError) {
        if table == nil { try await openTableToLeave() }
        hasRecovered = false
        try await recover()
        if topic.dropsTable { try await dropTable() }
        return
      } catch {
        environment.log.warn(
          "a deleted topic's objects are not cleared away yet", ("topic", topic.identity.topic),
          ("error", error))
      }
      await environment.lake.sleeper.sleep(milliseconds: 500 << Int64(attempt))
    }
  }

  private func openTableToLeave() async throws(TieringError) {
    do throws(LakeError) {
      table = try await LakeTable.open(topic.identity, in: environment.lake, isHeld: isHeld)
    } catch { throw .lake(error) }
  }

  private func dropTable() async throws(TieringError) {
    do throws(LakeError) {
      let count = try await LakeTable.drop(topic.identity, in: environment.lake)
      environment.log.info(
        "the table went with its topic", ("topic", topic.identity.topic), ("objects", count))
    } catch { throw .lake(error) }
  }
}
