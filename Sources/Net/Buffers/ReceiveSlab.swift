/// The memory into which all connections of a loop receive, one after the other, in one iteration.
///
/// Frames are parsed where they arrived, and what is incomplete at the end of the iteration moves
/// to a buffer of its connection. So an idle connection holds no buffer, and a busy loop with
/// small requests works in the same few warm pages.
struct ReceiveSlab {
  static let byteCount = 2 << 20
  /// A connection gets at least this much room.
  static let leastRoom = 256 << 10

  private var current: PooledBuffer
  private var used = 0
  private var full: [PooledBuffer] = []
  private let pool: BufferPool

  init(pool: BufferPool) {
    self.pool = pool
    current = pool.take(atLeast: Self.byteCount)
  }

  /// Room for the next receive; `advance(by:)` keeps what was received.
  mutating func room() -> UnsafeMutableRawBufferPointer {
    if current.capacity - used < Self.leastRoom {
      full.append(current)
      current = pool.take(atLeast: Self.byteCount)
      used = 0
    }
    return UnsafeMutableRawBufferPointer(
      start: current.base + used, count: current.capacity - used)
  }

  mutating func advance(by byteCount: Int) { used += byteCount }

  /// Starts over: nothing in the slab is needed any more.
  mutating func reset() {
    used = 0
    while let buffer = full.popLast() { pool.giveBack(buffer) }
  }

  /// Gives all memory back; the slab must not be used afterwards.
  mutating func release() {
    reset()
    pool.giveBack(current)
  }
}
