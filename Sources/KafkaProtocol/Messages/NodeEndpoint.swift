/// Where a broker listens: with a new leader's id, so that a client need not ask for metadata
/// (KIP-951).
package struct NodeEndpoint: Message {
  package var nodeID: Int32 = 0
  package var host = ""
  package var port: Int32 = 0
  package var rack: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&nodeID)
    try f.field(&host)
    try f.field(&port)
    try f.field(&rack)
  }
}
