import Records

/// A batch of a producer that the log does not know, refused for now: the producer sends it again.
struct SentBackBatch: Sendable {
  let epoch: Int16
  let sequence: Int32
  /// When it was refused, by the wall clock.
  let milliseconds: Int64

  /// Whether the batch follows this one under the same epoch.
  func mustPrecede(_ header: BatchHeader) -> Bool {
    epoch == header.producerEpoch && sequence < header.baseSequence
  }
}
