import Records

/// Decoded runs in memory, the least recently used leave first. Not thread-safe; the reader's lock
/// guards it.
///
/// A run that a fetch waits for stays until it was read, or for `awaitedNanoseconds`: with many
/// partitions read at once it would otherwise be gone before the fetch comes back, again and again.
/// Such runs may take the cache to twice its limit, no further.
struct ColdRunCache<Place: Hashable> {
  private struct Entry {
    let run: ColdRun
    var used: Int64
    /// Until when nothing but sheer need may take it, by the monotonic clock; 0: it was read.
    var awaitedUntil: Int64
  }

  private static var awaitedNanoseconds: Int64 { 10_000_000_000 }

  private let byteLimit: Int
  private var runs: [Place: [Entry]] = [:]
  private var uses: Int64 = 0
  /// Bytes of all runs.
  private(set) var byteCount = 0

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  var runCount: Int { runs.values.reduce(0) { $0 + $1.count } }

  /// The run that holds an offset.
  mutating func run(at place: Place, holding offset: Offset) -> ColdRun? {
    guard let index = runs[place]?.firstIndex(where: { $0.run.offsets.contains(offset) }) else {
      return nil
    }
    uses += 1
    runs[place]?[index].used = uses
    runs[place]?[index].awaitedUntil = 0
    return runs[place]?[index].run
  }

  /// Keeps a run, in place of those that lie inside it.
  mutating func add(_ run: ColdRun, at place: Place, isAwaited: Bool, now: Int64) {
    removeAll(at: place) {
      run.offsets.lowerBound <= $0.offsets.lowerBound
        && $0.offsets.upperBound <= run.offsets.upperBound
    }
    uses += 1
    let until = isAwaited ? now + Self.awaitedNanoseconds : 0
    runs[place, default: []].append(Entry(run: run, used: uses, awaitedUntil: until))
    byteCount += run.block.count
    while byteCount > byteLimit, let victim = victim(now) {
      removeAll(at: victim.place) { _ in
        true
      } only: {
        $0 == victim.used
      }
    }
  }

  /// What goes next; nil when only awaited runs are left. The run that was just added stays,
  /// however large.
  private func victim(_ now: Int64) -> (place: Place, used: Int64)? {
    let mayTakeAwaited = byteCount > byteLimit * 2
    var found: (place: Place, used: Int64)?
    for (place, entries) in runs {
      for entry in entries
      where entry.used != uses && entry.used < found?.used ?? .max
        && (mayTakeAwaited || entry.awaitedUntil <= now)
      {
        found = (place, entry.used)
      }
    }
    return found
  }

  /// Forgets everything of some places.
  mutating func removeAll(where isGone: (Place) -> Bool) {
    for place in runs.keys.filter(isGone) { removeAll(at: place) { _ in true } }
  }

  private mutating func removeAll(
    at place: Place, where isGone: (ColdRun) -> Bool, only isMeant: (Int64) -> Bool = { _ in true }
  ) {
    guard let entries = runs[place] else { return }
    let left = entries.filter { !(isGone($0.run) && isMeant($0.used)) }
    byteCount -=
      (entries.reduce(0) { $0 + $1.run.block.count })
      - left.reduce(0) { $0 + $1.run.block.count }
    runs[place] = left.isEmpty ? nil : left
  }

  /// How many compressed bytes the next run of a consumer that moves forward should ask for: twice
  /// as many, but so that what they decode to leaves room for the others.
  func window(after run: ColdRun, atMost limit: Int) -> Int {
    let doubled = min(limit, run.window * 2)
    let share = byteLimit / max(4, 2 * runs.count)
    guard run.block.count > run.window else { return doubled }
    let fitting = Int(Double(share) * Double(run.window) / Double(run.block.count))
    return max(min(doubled, fitting), min(doubled, 64 << 10))
  }
}
