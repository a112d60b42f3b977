/// Memory out of a `BufferPool`, to be given back to the same pool by hand.
struct PooledBuffer {
  let base: UnsafeMutableRawPointer
  /// A power of two.
  let capacity: Int
}
