import Records

/// Decides which records of a range are written in which pass over it, in a table that is divided
/// by time: only so many of its partitions can be open at once, and a range may touch many more.
///
/// The first partitions that a pass meets are its own; the records of others wait for a later pass,
/// for which the log is read once more. So a topic whose records jump between a hundred days still
/// settles in large files and one commit, and memory is bounded: the log is the scratch space.
struct RangePasses {
  /// A partition of the table: one value for each field of its spec.
  typealias Slot = [Int32?]

  enum Turn: Equatable {
    /// It is written in this pass.
    case now
    /// Not in this pass: it was written in an earlier one, or will be in a later one.
    case notNow
    /// The range touches too many partitions: it must end before this record.
    case tooMany
  }

  /// Passes over one range at most; so many times the open partitions fit one commit.
  private static let passLimit = 32

  private let openLimit: Int
  /// The slots of this pass.
  private var own: Set<Slot> = []
  /// Those of passes before.
  private var done: Set<Slot> = []
  /// Those that wait.
  private var waiting: Set<Slot> = []
  /// The first record that waits.
  private var next: Offset?

  /// - Parameter openLimit: how many partitions of the table are written to at once.
  init(openLimit: Int) { self.openLimit = openLimit }

  var isFirst: Bool { done.isEmpty }

  /// Whether the record at `offset`, which belongs to `slot`, is written in this pass.
  mutating func turn(of slot: Slot, at offset: Offset) -> Turn {
    if own.contains(slot) { return .now }
    if done.contains(slot) { return .notNow }
    if own.count < openLimit, !waiting.contains(slot) {
      own.insert(slot)
      return .now
    }
    guard
      waiting.contains(slot)
        || own.count + done.count + waiting.count < openLimit * Self.passLimit
    else { return .tooMany }
    waiting.insert(slot)
    if next == nil { next = offset }
    return .notNow
  }

  /// Begins the next pass and says where; nil when everything is written.
  mutating func begin() -> Offset? {
    guard let start = next else { return nil }
    done.formUnion(own)
    own = []
    waiting = []
    next = nil
    return start
  }
}
