import Records

/// What becomes of a range of records that a member of a share group had acquired (KIP-932).
package struct AcknowledgementBatch: Message {
  package var firstOffset = Offset(0)
  package var lastOffset = Offset(0)
  /// 0 gap, 1 accept, 2 release, 3 reject, 4 renew (version 2): one for all offsets of the range,
  /// or one for each.
  package var acknowledgeTypes: [Int8] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&firstOffset)
    try f.field(&lastOffset)
    try f.field(&acknowledgeTypes)
  }
}
