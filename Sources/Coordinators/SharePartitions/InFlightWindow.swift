import Records

/// The offsets that a share group is busy with: from the first that it is not done with to the last
/// that was ever acquired, without a gap, as few runs.
struct InFlightWindow: Equatable, Sendable {
  private(set) var start: Offset
  /// In order, each beginning where the one before ends.
  private(set) var runs: [InFlightRun] = []

  init(start: Offset) { self.start = start }

  /// The first offset after the window.
  var end: Offset { runs.last.map { $0.last + 1 } ?? start }
  var count: Int64 { end - start }

  /// Offsets that the group is done with.
  var finishedCount: Int64 { runs.reduce(0) { $0 + ($1.state.isFinal ? $1.count : 0) } }
  var firstAvailable: Offset? { runs.first { $0.state == .available }?.first }

  /// The runs that hold any of these offsets, cut to them.
  func runs(from first: Offset, through last: Offset) -> [InFlightRun] {
    var found: [InFlightRun] = []
    var index = self.index(of: first)
    while index < runs.count, runs[index].first <= last {
      var run = runs[index]
      run.first = max(run.first, first)
      run.last = min(run.last, last)
      found.append(run)
      index += 1
    }
    return found
  }

  /// Changes the offsets of a range that lies in the window, run by run.
  mutating func change(
    from first: Offset, through last: Offset, _ body: (inout InFlightRun) -> Void
  ) {
    precondition(first >= start && last < end && first <= last, "a range outside the window")
    split(at: first)
    split(at: last + 1)
    let lower = index(of: first)
    var upper = lower
    while upper < runs.count, runs[upper].first <= last {
      body(&runs[upper])
      upper += 1
    }
    merge(max(0, lower - 1), min(runs.count, upper + 1))
  }

  /// Lets the window reach to `last`; the offsets that are new stand as `run` says.
  mutating func grow(through last: Offset, as run: InFlightRun) {
    guard last >= end else { return }
    var run = run
    run.first = end
    run.last = last
    runs.append(run)
    merge(max(0, runs.count - 2), runs.count)
  }

  /// Leaves out, from the start on, what the group is done with.
  mutating func advance() {
    let count = runs.prefix { $0.state.isFinal }.count
    guard count > 0 else { return }
    start = runs[count - 1].last + 1
    runs.removeFirst(count)
  }

  /// Leaves out everything below `offset`.
  mutating func drop(below offset: Offset) {
    guard offset > start else { return }
    if offset >= end {
      runs = []
    } else {
      split(at: offset)
      runs.removeFirst(index(of: offset))
    }
    start = offset
  }

  /// Leaves out everything from `offset` on.
  mutating func cut(at offset: Offset) {
    guard offset < end else { return }
    guard offset > start else {
      runs = []
      start = offset
      return
    }
    split(at: offset)
    runs.removeSubrange(index(of: offset)...)
  }

  /// The place of the run that holds an offset; their number for one above the window.
  private func index(of offset: Offset) -> Int {
    var lower = 0
    var upper = runs.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if runs[middle].last < offset { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }

  /// Lets a run begin at `offset`, if it lies in the window.
  private mutating func split(at offset: Offset) {
    guard offset > start, offset < end else { return }
    let place = index(of: offset)
    guard runs[place].first < offset else { return }
    var rest = runs[place]
    rest.first = offset
    runs[place].last = offset + -1
    runs.insert(rest, at: place + 1)
  }

  /// Joins neighbours that stand alike among these places.
  private mutating func merge(_ lower: Int, _ upper: Int) {
    guard upper - lower > 1 else { return }
    var joined: [InFlightRun] = []
    for run in runs[lower..<upper] {
      if let before = joined.last, before.isLike(run) {
        joined[joined.count - 1].last = run.last
      } else {
        joined.append(run)
      }
    }
    if joined.count < upper - lower { runs.replaceSubrange(lower..<upper, with: joined) }
  }
}
