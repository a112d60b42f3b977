import CLinux

/// Computes CRC-32C (Castagnoli), the checksum of record batches: about 20 GB/s for bytes in cache.
package enum CRC32C {
  /// The checksum of `bytes`.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    varve_crc32c(0, bytes.baseAddress, bytes.count)
  }

  /// The checksum of some earlier bytes, whose own is `checksum`, followed by `bytes`.
  package static func extend(_ checksum: UInt32, with bytes: UnsafeRawBufferPointer) -> UInt32 {
    varve_crc32c(checksum, bytes.baseAddress, bytes.count)
  }
}
