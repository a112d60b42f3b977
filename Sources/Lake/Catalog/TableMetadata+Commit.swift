/// What a commit puts into the metadata besides its request.
struct CommitContents {
  /// Nil when only properties change.
  var snapshot: NewSnapshot?
  var expired: [Snapshot]
  var nowMilliseconds: Int64

  struct NewSnapshot {
    var snapshotID: Int64
    var manifestList: String
    var summary: [String: String]
  }
}

extension TableVersion {
  /// The state of the partitions after `request`.
  func state(after request: CommitRequest) -> SettledState {
    var state = state
    for (partition, range) in request.settled { state.settle(partition, range) }
    for (partition, offset) in request.logStarts { state.setLogStart(partition, offset) }
    return state
  }

  /// The metadata that `request` makes of this version. Pure.
  ///
  /// Time only goes forward, whatever the clock does: Spark cannot load a snapshot log that goes
  /// back by more than a minute.
  func metadata(
    after request: CommitRequest, _ contents: CommitContents, baseFile: String,
    _ options: TableOptions
  ) throws(LakeError) -> TableMetadata {
    var next = metadata
    let now = max(contents.nowMilliseconds, metadata.lastUpdatedMilliseconds + 1)
    next.lastUpdatedMilliseconds = now
    if let new = contents.snapshot {
      next.lastSequenceNumber += 1
      next.snapshots.append(
        Snapshot(
          snapshotID: new.snapshotID, parentSnapshotID: metadata.currentSnapshotID,
          sequenceNumber: next.lastSequenceNumber, timestampMilliseconds: now,
          manifestList: new.manifestList, summary: new.summary,
          schemaID: metadata.currentSchemaID))
      next.currentSnapshotID = new.snapshotID
      next.references["main"] = SnapshotReference(snapshotID: new.snapshotID)
      next.snapshotLog.append(
        SnapshotLogEntry(timestampMilliseconds: now, snapshotID: new.snapshotID))
    }
    let expired = Set(contents.expired.map(\.snapshotID))
    next.snapshots.removeAll { expired.contains($0.snapshotID) }
    // The log must not begin before the first snapshot that is still there.
    if let last = next.snapshotLog.lastIndex(where: { next.snapshot($0.snapshotID) == nil }) {
      next.snapshotLog.removeFirst(last + 1)
    }
    next.metadataLog.append(
      MetadataLogEntry(
        timestampMilliseconds: metadata.lastUpdatedMilliseconds, metadataFile: baseFile))
    let dropped = ExpiryPlan.versions(next.metadataLog, nowMilliseconds: now, options)
    next.metadataLog.removeFirst(dropped.count)
    next.properties[TableProperty.commitID] = request.commitID.description
    next.properties[TableProperty.epoch] = String(request.epoch)
    next.properties[TableProperty.settled] = try state(after: request).json()
    if let current = next.currentSnapshotID {
      next.properties[TableProperty.settledSnapshot] = String(current)
    }
    return next
  }
}
