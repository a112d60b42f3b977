import Platform

/// What one cleaning may use.
package struct CleanerResources: Sendable {
  /// What the map of keys takes at most (`log.cleaner.dedupe.buffer.size`, shared by the threads).
  package var mapByteCount: Int
  /// How full the map may get (`log.cleaner.io.buffer.load.factor`).
  package var mapLoadFactor: Double
  /// What reading and writing take each, unless one batch is larger (`log.cleaner.io.buffer.size`).
  package var bufferByteCount: Int
  package var random: any RandomSource
  /// Called after so many bytes have been read or written; it may block, to hold the pace, and
  /// answers false when the cleaning is to end.
  package var pace: @Sendable (_ byteCount: Int) -> Bool

  package init(
    mapByteCount: Int, mapLoadFactor: Double = 0.9, bufferByteCount: Int = 256 << 10,
    random: any RandomSource = SystemRandom(),
    pace: @escaping @Sendable (_ byteCount: Int) -> Bool = { _ in true }
  ) {
    self.mapByteCount = mapByteCount
    self.mapLoadFactor = mapLoadFactor
    self.bufferByteCount = bufferByteCount
    self.random = random
    self.pace = pace
  }

  /// Paces, and throws ECANCELED when the cleaning is to end.
  func spend(_ byteCount: Int, on path: String) throws(StorageError) {
    // 125 is ECANCELED.
    if !pace(byteCount) { throw .failed(operation: "clean", path: path, errno: 125) }
  }
}
