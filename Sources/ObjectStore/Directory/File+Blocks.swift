import Platform

extension File {
  /// Bodies from this size on are data files: nobody reads one again soon, and in the page cache it
  /// would push out what consumers are about to read from the local log.
  private static var uncachedFrom: Int { 1 << 20 }

  /// Writes a body at `position`.
  func write(_ body: [ByteBlock], at position: Int64 = 0) throws(StorageError) {
    let parts = body.map(\.bytes)
    if body.reduce(0, { $0 + $1.count }) < Self.uncachedFrom {
      try write(parts, at: position)
    } else {
      try writeUncached(parts, at: position)
    }
    withExtendedLifetime(body) {}
  }
}
