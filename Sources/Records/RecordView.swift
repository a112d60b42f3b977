/// A record read in place: its bytes stay where they are, in the batch or in the scratch of the
/// decompressor, and are valid as long as those.
@frozen
package struct RecordView {
  package var offset: Offset
  /// Milliseconds since 1970. Under log-append time it is the batch's, as clients see it.
  package var timestamp: Int64
  /// nil for null, which is not the same as empty.
  package var key: UnsafeRawBufferPointer?
  /// nil for null: a tombstone on a compacted topic.
  package var value: UnsafeRawBufferPointer?
  package var headers: RecordHeaders

  @inlinable
  package init(
    offset: Offset, timestamp: Int64, key: UnsafeRawBufferPointer?,
    value: UnsafeRawBufferPointer?, headers: RecordHeaders = .none
  ) {
    self.offset = offset
    self.timestamp = timestamp
    self.key = key
    self.value = value
    self.headers = headers
  }
}
