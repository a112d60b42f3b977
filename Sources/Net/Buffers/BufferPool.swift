import CLinux
import Glibc

/// One loop's buffers, in sizes of powers of two from 4 KiB on; free ones are kept for later.
///
/// From 2 MiB on they are aligned and ask for huge pages: a fresh 4 KiB page costs 3.3 µs, which is
/// more than receiving into it. Not thread-safe.
final class BufferPool {
  static let smallest = 4096
  static let hugeFrom = 2 << 20

  private var free: [[PooledBuffer]] = Array(repeating: [], count: 32)
  private(set) var cachedBytes = 0
  private let cacheLimit: Int
  /// Bytes given out and not yet back.
  private(set) var bytesInUse = 0
  /// The fewest bytes that lay unused since the last `trim()`.
  private var unusedBytes = 0

  init(cacheLimit: Int) { self.cacheLimit = cacheLimit }

  deinit {
    for list in free { for buffer in list { release(buffer) } }
  }

  /// The size of the buffer that holds `byteCount` bytes.
  static func capacity(for byteCount: Int) -> Int { 1 << classIndex(byteCount) }

  /// A buffer of at least `byteCount` bytes; its content is anything.
  func take(atLeast byteCount: Int) -> PooledBuffer {
    let index = Self.classIndex(byteCount)
    bytesInUse += 1 << index
    if let buffer = free[index].popLast() {
      cachedBytes -= buffer.capacity
      unusedBytes = min(unusedBytes, cachedBytes)
      return buffer
    }
    let capacity = 1 << index
    if capacity >= Self.hugeFrom {
      guard let base = varve_huge_allocate(capacity) else {
        preconditionFailure("no memory for a buffer of \(capacity) bytes")
      }
      return PooledBuffer(base: base, capacity: capacity)
    }
    return PooledBuffer(
      base: .allocate(byteCount: capacity, alignment: Self.smallest), capacity: capacity)
  }

  func giveBack(_ buffer: PooledBuffer) {
    bytesInUse -= buffer.capacity
    guard cachedBytes + buffer.capacity <= cacheLimit else { return release(buffer) }
    cachedBytes += buffer.capacity
    free[Self.classIndex(buffer.capacity)].append(buffer)
  }

  /// Returns to the system what nobody needed since the last call, largest buffers first.
  func trim() {
    var excess = unusedBytes
    for index in free.indices.reversed() {
      while excess >= 1 << index, let buffer = free[index].popLast() {
        excess -= buffer.capacity
        cachedBytes -= buffer.capacity
        release(buffer)
      }
    }
    unusedBytes = cachedBytes
  }

  private func release(_ buffer: PooledBuffer) {
    if buffer.capacity >= Self.hugeFrom {
      varve_huge_free(buffer.base, buffer.capacity)
    } else {
      buffer.base.deallocate()
    }
  }

  private static func classIndex(_ byteCount: Int) -> Int {
    let size = max(byteCount, smallest)
    return Int.bitWidth - (size - 1).leadingZeroBitCount
  }
}
