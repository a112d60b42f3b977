import Platform

/// Replies in the order of their requests, until everything before them is fulfilled.
struct ReplyQueue {
  enum Content {
    case pending
    case one(OutputPart)
    case many([OutputPart])
  }

  private var entries: ContiguousArray<Content> = []
  private var head = 0
  /// The sequence number of `entries[head]`.
  private var firstSequence: UInt64 = 0
  /// Bytes of replies that wait for earlier ones.
  private(set) var byteCount = 0

  var count: Int { entries.count - head }
  var isEmpty: Bool { count == 0 }

  mutating func reserve() -> ReplySlot {
    let slot = ReplySlot(sequence: firstSequence + UInt64(count))
    entries.append(.pending)
    return slot
  }

  func isFirst(_ slot: ReplySlot) -> Bool { slot.sequence == firstSequence }

  /// Whether the reply for a slot is still owed.
  func isPending(_ slot: ReplySlot) -> Bool {
    guard slot.sequence >= firstSequence else { return false }
    if case .pending = entries[head + Int(slot.sequence - firstSequence)] { return true }
    return false
  }

  /// Takes the first place away, whose reply is going out now.
  mutating func removeFirst() {
    precondition(head < entries.count, "a reply was fulfilled twice")
    entries[head] = .pending
    head += 1
    firstSequence += 1
    if head == entries.count {
      entries.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 256 && head * 2 >= entries.count {
      entries.removeFirst(head)
      head = 0
    }
  }

  /// Keeps a reply that is not the first one.
  mutating func keep(_ content: Content, byteCount bytes: Int, for slot: ReplySlot) {
    let index = head + Int(slot.sequence &- firstSequence)
    precondition(
      slot.sequence > firstSequence && index < entries.count, "a reply was fulfilled twice")
    guard case .pending = entries[index] else { preconditionFailure("a reply was fulfilled twice") }
    entries[index] = content
    byteCount += bytes
  }

  /// The first reply if it is fulfilled already; it is taken out.
  mutating func popFulfilled() -> Content? {
    guard head < entries.count else { return nil }
    let content = entries[head]
    switch content {
    case .pending: return nil
    case .one(let part): byteCount -= part.count
    case .many(let parts): byteCount -= parts.reduce(0) { $0 + $1.count }
    }
    removeFirst()
    return content
  }

  /// Forgets everything; slots given out before must not be used again.
  mutating func removeAll() {
    entries = []
    head = 0
    byteCount = 0
  }

  /// Gives spare memory back.
  mutating func trim() { if isEmpty { entries = [] } }
}
