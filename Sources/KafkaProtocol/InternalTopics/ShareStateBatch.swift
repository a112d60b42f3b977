import Records

/// A range of offsets of one state in `__share_group_state`.
package struct ShareStateBatch: Message, Hashable {
  package var firstOffset = Offset(0)
  package var lastOffset = Offset(0)
  /// 0 available, 2 acknowledged, 4 archived.
  package var deliveryState: Int8 = 0
  package var deliveryCount: Int16 = 0

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&firstOffset)
    try f.field(&lastOffset)
    try f.field(&deliveryState)
    try f.field(&deliveryCount)
  }
}
