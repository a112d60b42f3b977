/// Who wrote a batch and where it stands in that producer's sequence (KIP-98).
@frozen
package struct ProducerMark: Equatable, Sendable {
  package var id: Int64
  package var epoch: Int16
  package var baseSequence: Int32

  @inlinable
  package init(id: Int64, epoch: Int16, baseSequence: Int32) {
    self.id = id
    self.epoch = epoch
    self.baseSequence = baseSequence
  }

  /// A producer that is neither idempotent nor transactional.
  @inlinable package static var none: ProducerMark {
    ProducerMark(id: -1, epoch: -1, baseSequence: -1)
  }
}
