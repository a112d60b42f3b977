import KafkaProtocol
import Net
import Platform

/// A request whose answer is still owed: where it goes and in which form.
///
/// May travel to other threads; the connection itself is touched on its loop's thread only.
struct Call: @unchecked Sendable {
  private let connection: Connection
  private let loop: EventLoop
  /// Nil when the client wants no answer (acks=0).
  private let slot: ReplySlot?
  let version: Int16
  private let correlationID: Int32

  init(
    connection: Connection, loop: EventLoop, slot: ReplySlot?, version: Int16, correlationID: Int32
  ) {
    self.connection = connection
    self.loop = loop
    self.slot = slot
    self.version = version
    self.correlationID = correlationID
  }

  /// The client's address, for group members and logs.
  var clientHost: String { connection.peerHost }
  /// Which listener the client came by: it is told the address of the same one.
  var listenerName: String { connection.listenerName }

  /// Sends the answer; on the loop's thread.
  func answer(_ response: some KafkaResponse) {
    guard let slot else { return }
    guard let parts = encode(response) else {
      return connection.close(.refused("the answer cannot be encoded"))
    }
    connection.fulfil(slot, parts: parts)
  }

  /// Sends the answer from any thread.
  func answerFromAnywhere(_ response: some KafkaResponse) {
    guard let slot else { return }
    let parts = encode(response)
    loop.post { [connection] in
      guard let parts else { return connection.close(.refused("the answer cannot be encoded")) }
      connection.fulfil(slot, parts: parts)
    }
  }

  /// Closes the connection; on the loop's thread. For acks=0, where that is the only sign of an
  /// error that a client can get.
  func closeConnection() { connection.close(.refused("a request with acks=0 failed")) }

  private func encode(_ response: some KafkaResponse) -> [OutputPart]? {
    try? response.framed(correlationID: correlationID, version: version)
  }
}
