/// Memory that is used again and again, and grows on demand.
struct ScratchBuffer: ~Copyable {
  private(set) var base: UnsafeMutableRawPointer?
  private(set) var capacity = 0

  deinit { base?.deallocate() }

  /// Makes the capacity at least `wanted` and keeps the first `keeping` bytes.
  mutating func grow(to wanted: Int, keeping: Int) -> UnsafeMutableRawPointer {
    if let base, capacity >= wanted { return base }
    let bigger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
    if let base {
      bigger.copyMemory(from: base, byteCount: keeping)
      base.deallocate()
    }
    base = bigger
    capacity = wanted
    return bigger
  }

  /// Gives the memory back when it is more than `byteCount`.
  mutating func release(above byteCount: Int) {
    guard capacity > byteCount else { return }
    base?.deallocate()
    base = nil
    capacity = 0
  }
}
