import Platform
import Records

extension PartitionLog {
  /// How much of the log is dirty, and whether that is worth a cleaning now; nil when the topic is
  /// not compacted.
  package func cleaningNeed(now: Int64) -> (isDue: Bool, dirtyRatio: Double)? {
    guard let compaction = config.compaction else { return nil }
    let plan = cleaningPlan(compaction, now: now)
    return (plan.isDue(compaction), plan.dirtyRatio)
  }

  /// Cleans the log once, as far as the map of keys goes; nil when there is nothing to clean, or
  /// the topic is not compacted. Blocks on the disk, with no lock held while it reads and writes.
  ///
  /// One cleaning of a log at a time. Consumers go on undisturbed: what they hold of an old segment
  /// stays readable. It ends early with ECANCELED when the resources say so, with ESTALE when
  /// segments went meanwhile, and with ENOMEM, before anything was done, when there is no memory
  /// for the map.
  package func clean(
    _ resources: CleanerResources, now: Int64
  ) throws(StorageError) -> CleaningReport? {
    try fence.check()
    let config = config
    guard let compaction = config.compaction else { return nil }
    let plan = cleaningPlan(compaction, now: now)
    guard plan.dirtyBytes > 0 else { return nil }
    // What supersedes a record, and the marker that commits it, must not be lost after the record.
    try sync()
    // Noted before the first record goes: what has been compacted does not settle.
    let isFirst = view.withLock { view in
      defer { view.cleanedOffset = view.cleanedOffset ?? plan.start }
      return view.cleanedOffset == nil
    }
    if isFirst { try saveCheckpoints() }
    let first = segments[0].baseOffset
    var pass = CleaningPass(self, plan, config, compaction, resources, now: now)
    let report: CleaningReport
    do throws(StorageError) {
      report = try pass.run()
    } catch {
      // What retention has deleted cannot be opened. 116 is ESTALE.
      if segments[0].baseOffset == first { throw error }
      throw .failed(operation: "clean", path: directory, errno: 116)
    }
    view.withLock { $0.cleanedOffset = report.end }
    try saveCheckpoints()
    return report
  }

  /// Where the last cleaning ended (`cleaner-offset-checkpoint`); nil when none has ever begun.
  package var cleanedOffset: Offset? { view.withLock { $0.cleanedOffset } }

  private func cleaningPlan(_ compaction: CompactionConfig, now: Int64) -> CleaningPlan {
    view.withLock { view in
      CleaningPlan(
        view.segments.map { CleaningPlan.Segment($0) }, logStart: view.localStartOffset,
        cleanedOffset: view.cleanedOffset, stableOffset: view.lastStableOffset, config: compaction,
        now: now)
    }
  }

  /// Where the newest batch of each producer ends.
  var producerEnds: [Int64: CleaningRules.ProducerEnd] {
    writer.withLock { writer in
      writer.producers.entries.mapValues {
        CleaningRules.ProducerEnd(
          epoch: $0.epoch, lastOffset: $0.last?.lastOffset, lastMarker: $0.lastMarker)
      }
    }
  }
}
