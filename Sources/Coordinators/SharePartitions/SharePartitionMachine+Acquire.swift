import Records

/// What a member's fetch asks of a share-partition.
package struct ShareAcquisition: Sendable {
  package var member: String
  package var maximumRecords: Int
  /// Acquired ranges end at the first end of a batch at which they have as many records.
  package var batchSize: Int
  /// Never acquires more than asked for; else the last batch is acquired whole.
  package var isStrict: Bool
  package var lockMilliseconds: Int64

  package init(
    member: String, maximumRecords: Int, batchSize: Int, isStrict: Bool, lockMilliseconds: Int64
  ) {
    self.member = member
    self.maximumRecords = maximumRecords
    self.batchSize = batchSize
    self.isStrict = isStrict
    self.lockMilliseconds = lockMilliseconds
  }
}

/// What a piece of the log holds for a share group.
package struct ShareReading: Equatable, Sendable {
  /// Where it was read from: the share-partition's `nextFetchOffset`.
  package var from: Offset
  /// The batches that members may have, in order. Where there is none, there is no record for
  /// them: a control record, an aborted one, one that was compacted away.
  package var batches: [ClosedRange<Offset>]
  /// The first offset after what was read.
  package var end: Offset

  package init(from: Offset, batches: [ClosedRange<Offset>] = [], end: Offset) {
    self.from = from
    self.batches = batches
    self.end = end
  }
}

/// Records in a row that a member has acquired.
package struct AcquiredRange: Equatable, Sendable {
  package var first: Offset
  package var last: Offset
  /// This time included.
  package var deliveryCount: Int16

  package init(first: Offset, last: Offset, deliveryCount: Int16) {
    self.first = first
    self.last = last
    self.deliveryCount = deliveryCount
  }

  package var count: Int64 { last - first + 1 }
}

extension SharePartitionMachine {
  /// How many of these offsets could be acquired.
  package func acquirableCount(in range: ClosedRange<Offset>) -> Int {
    var count = max(0, range.upperBound - max(range.lowerBound, window.end) + 1)
    for run in window.runs(from: range.lowerBound, through: range.upperBound)
    where run.state == .available {
      count += run.count
    }
    return Int(count)
  }

  /// Lets a member have what it asks for of what was read. Nothing of it has to be stored.
  package mutating func acquire(
    _ wanted: ShareAcquisition, of reading: ShareReading, at now: Int64
  ) -> [AcquiredRange] {
    // Beyond the window lies what was not read: nothing must be passed over.
    guard isOpen, wanted.maximumRecords > 0, reading.from <= window.end else { return [] }
    var taken = Taken(wanted, deadline: now + wanted.lockMilliseconds)
    var position = max(reading.from, window.start)
    for batch in reading.batches where batch.upperBound >= position {
      if taken.remaining <= 0 { break }
      let first = max(batch.lowerBound, position)
      archiveHole(from: position, below: first)
      position = first
      guard take(from: first, through: batch.upperBound, &taken) else { break }
      position = batch.upperBound + 1
    }
    if position > (reading.batches.last?.upperBound ?? Offset(-1)) {
      archiveHole(from: position, below: reading.end)
    }
    if !taken.ranges.isEmpty { nextCheck = min(nextCheck ?? .max, taken.holder.deadline) }
    window.advance()
    return taken.ranges
  }

  /// What a fetch has got so far.
  private struct Taken {
    let wanted: ShareAcquisition
    let holder: InFlightRun.Holder
    var ranges: [AcquiredRange] = []
    var remaining: Int64

    init(_ wanted: ShareAcquisition, deadline: Int64) {
      self.wanted = wanted
      holder = InFlightRun.Holder(member: wanted.member, deadline: deadline)
      remaining = Int64(wanted.maximumRecords)
    }

    mutating func add(_ first: Offset, _ last: Offset, _ deliveryCount: Int16) {
      remaining -= last - first + 1
      if let before = ranges.last, before.last + 1 == first,
        before.deliveryCount == deliveryCount, before.count < Int64(max(1, wanted.batchSize))
      {
        ranges[ranges.count - 1].last = last
      } else {
        ranges.append(AcquiredRange(first: first, last: last, deliveryCount: deliveryCount))
      }
    }
  }

  /// Takes what is available of a batch; false when there is no room for more.
  private mutating func take(
    from first: Offset, through last: Offset, _ taken: inout Taken
  ) -> Bool {
    for run in window.runs(from: first, through: last) where run.state == .available {
      var end = run.last
      if taken.wanted.isStrict {
        guard taken.remaining > 0 else { return false }
        end = min(end, run.first + (taken.remaining - 1))
      }
      let holder = taken.holder
      window.change(from: run.first, through: end) { run in
        run.state = .acquired
        run.deliveryCount += 1
        run.holder = holder
      }
      taken.add(run.first, end, run.deliveryCount + 1)
    }
    let fresh = max(first, window.end)
    guard fresh <= last else { return true }
    let room = config.maximumRecordLocks - window.count
    guard room > 0 else { return false }
    var end = last
    if taken.wanted.isStrict {
      guard taken.remaining > 0 else { return false }
      end = min(end, fresh + (min(room, taken.remaining) - 1))
    }
    window.grow(
      through: end,
      as: InFlightRun(
        first: fresh, last: end, state: .acquired, deliveryCount: 1, holder: taken.holder))
    taken.add(fresh, end, 1)
    return end == last
  }

  /// Notes that there are no records for members. That needs no record: the log tells it again.
  private mutating func archiveHole(from first: Offset, below end: Offset) {
    guard first < end else { return }
    for run in window.runs(from: first, through: end + -1) where run.state == .available {
      window.change(from: run.first, through: run.last) { $0.state = .archived }
    }
    window.grow(
      through: end + -1, as: InFlightRun(first: first, last: first, state: .archived))
  }
}
