// leader-epoch-checkpoint (Kafka's LeaderEpochCheckpointFile), text: a line `0` (version), a line
// with the number of entries, then `<epoch> <start offset>` for each, ascending.

import Records

/// Which leader epoch began at which offset (KIP-101).
package struct LeaderEpochCache: Sendable, Equatable {
  /// An epoch and the offset of the first record written under it.
  package struct Entry: Sendable, Equatable {
    package let epoch: LeaderEpoch
    package let startOffset: Offset

    package init(epoch: LeaderEpoch, startOffset: Offset) {
      self.epoch = epoch
      self.startOffset = startOffset
    }
  }

  static let fileName = "leader-epoch-checkpoint"

  /// Ascending in both.
  package private(set) var entries: [Entry]

  package init(_ entries: [Entry] = []) {
    self.entries = []
    for entry in entries { assign(entry.epoch, startOffset: entry.startOffset) }
  }

  package var latest: Entry? { entries.last }

  /// Notes that `epoch` begins at `startOffset`; false when nothing changed. Entries that
  /// contradict it (a higher epoch, or a start at or above this one) are dropped.
  @discardableResult
  mutating func assign(_ epoch: LeaderEpoch, startOffset: Offset) -> Bool {
    if let last = entries.last, last.epoch == epoch { return false }
    while let last = entries.last, last.epoch > epoch || last.startOffset >= startOffset {
      entries.removeLast()
    }
    if entries.last?.epoch == epoch { return true }
    entries.append(Entry(epoch: epoch, startOffset: startOffset))
    return true
  }

  /// The epoch under which the record at `offset` was written; nil when that is not known.
  package func epoch(at offset: Offset) -> LeaderEpoch? {
    entries.last { $0.startOffset <= offset }?.epoch
  }

  /// Where `requested` ended (KIP-101, OffsetForLeaderEpoch): the largest known epoch that is not
  /// above it, and the offset at which the next one begins, `logEnd` for the latest.
  ///
  /// nil when the epoch is above all known ones or negative, or nothing is known.
  package func endOffset(
    for requested: LeaderEpoch, logEnd: Offset
  ) -> (epoch: LeaderEpoch, offset: Offset)? {
    guard let latest, requested <= latest.epoch, requested >= LeaderEpoch(0) else { return nil }
    if requested == latest.epoch { return (requested, logEnd) }
    let above = entries.firstIndex { $0.epoch > requested }!
    if above == 0 { return (requested, entries[0].startOffset) }
    return (entries[above - 1].epoch, entries[above].startOffset)
  }

  /// Forgets epochs that begin at or above `offset`, the new end of the log.
  mutating func truncate(fromEnd offset: Offset) {
    entries.removeAll { $0.startOffset >= offset }
  }

  /// Forgets what ended at or below `offset`, the new start of the log; the epoch that goes on
  /// through it begins there.
  mutating func truncate(fromStart offset: Offset) {
    guard let current = entries.lastIndex(where: { $0.startOffset <= offset }) else { return }
    let epoch = entries[current].epoch
    entries.removeFirst(current + 1)
    entries.insert(Entry(epoch: epoch, startOffset: offset), at: 0)
  }

  /// The file's text.
  var text: String {
    CheckpointText.format(entries.map { "\($0.epoch) \($0.startOffset)" })
  }

  /// Reads the file's text; nil when it is not in its format.
  init?(text: String) {
    guard let lines = CheckpointText.parse(text, fields: 2) else { return nil }
    var entries: [Entry] = []
    for fields in lines {
      guard let epoch = Int32(fields[0]), let start = Int64(fields[1]) else { return nil }
      if let last = entries.last,
        last.epoch.rawValue >= epoch || last.startOffset.rawValue > start
      {
        return nil
      }
      entries.append(Entry(epoch: LeaderEpoch(epoch), startOffset: Offset(start)))
    }
    self.entries = entries
  }
}
