/// A produced batch that passed every check, still in the buffer it was received in.
@frozen
package struct ValidatedBatch {
  /// The header as it is now in `bytes`; offsets are still the client's.
  package var header: BatchHeader
  /// The whole batch; valid as long as the buffer it came in.
  package var bytes: UnsafeMutableRawBufferPointer

  @inlinable
  package init(header: BatchHeader, bytes: UnsafeMutableRawBufferPointer) {
    self.header = header
    self.bytes = bytes
  }
}
