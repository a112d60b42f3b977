/// The place of one reply in a connection's order.
package struct ReplySlot: Sendable, Hashable {
  let sequence: UInt64
}
