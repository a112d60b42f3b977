import Records

/// Who leads a partition now: in answers to a client that asked another broker (KIP-951).
package struct LeaderIDAndEpoch: Message {
  package var leaderID: Int32 = -1
  package var leaderEpoch = LeaderEpoch(-1)

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&leaderID)
    try f.field(&leaderEpoch)
  }
}
