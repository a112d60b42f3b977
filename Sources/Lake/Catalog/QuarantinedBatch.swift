import Records

/// A batch that was let in and cannot be decoded any more, because a disk changed it: it has no
/// rows in the table. Its bytes lie in an object of their own as they are, and consumers get them
/// as they would get them from the local log.
///
/// The object stays when the log start has passed it, as rows do: nobody else has these bytes.
package struct QuarantinedBatch: Equatable, Sendable {
  /// The offsets that the batch stands for.
  package var offsets: Range<Offset>
  /// Where the object lies.
  package var location: String

  package init(offsets: Range<Offset>, location: String) {
    self.offsets = offsets
    self.location = location
  }
}
