import KafkaProtocol
import Net
import Platform

/// A request whose answer is still owed: where it goes and in which form.
///
/// May travel to other threads; the connection itself is touched on its loop's thread only.
struct Call: @unchecked Sendable {
  let connection: Connection
  let loop: EventLoop
  /// Nil when the client wants no answer (acks=0).
  private let slot: ReplySlot?
  let version: Int16
  private let correlationID: Int32
  /// Bytes of the request's frame.
  let requestByteCount: Int
  /// Nil when there are no quotas.
  let quota: ClientQuota?

  init(
    connection: Connection, loop: EventLoop, slot: ReplySlot?, version: Int16,
    correlationID: Int32, requestByteCount: Int = 0, quota: ClientQuota? = nil
  ) {
    self.connection = connection
    self.loop = loop
    self.slot = slot
    self.version = version
    self.correlationID = correlationID
    self.requestByteCount = requestByteCount
    self.quota = quota
  }

  /// The client's address, for group members and logs.
  var clientHost: String { connection.peerHost }
  /// Which listener the client came by: it is told the address of the same one.
  var listenerName: String { connection.listenerName }

  /// Sends the answer; on the loop's thread.
  ///
  /// - Parameter delay: milliseconds that a quota keeps the client waiting. The answer goes out at
  ///   once, says so, and then nothing is read from the client for as long.
  func answer(_ response: some KafkaResponse, delay: Int64 = 0) {
    guard slot != nil || delay > 0 else { return }
    quota?.handlingTime.charge()
    let delay = max(delay, quota?.requestDelay() ?? 0)
    send(encode(response, delay: delay), delay: delay)
  }

  /// Sends the answer from any thread; `delay` as in `answer`.
  func answerFromAnywhere(_ response: some KafkaResponse, delay: Int64 = 0) {
    guard slot != nil else { return }
    let delay = max(delay, quota?.requestDelay() ?? 0)
    let parts = encode(response, delay: delay)
    loop.post { send(parts, delay: delay) }
  }

  /// Closes the connection; on the loop's thread. For acks=0, where that is the only sign of an
  /// error that a client can get.
  func closeConnection() { connection.close(.refused("a request with acks=0 failed")) }

  private func send(_ parts: [OutputPart]?, delay: Int64) {
    if let slot {
      guard let parts else { return connection.close(.refused("the answer cannot be encoded")) }
      connection.fulfil(slot, parts: parts)
    }
    if delay > 0 { connection.mute(forMilliseconds: delay) }
  }

  private func encode(_ response: some KafkaResponse, delay: Int64) -> [OutputPart]? {
    guard slot != nil else { return nil }
    if delay <= 0 { return try? response.framed(correlationID: correlationID, version: version) }
    var response = response
    response.throttleTimeMilliseconds = Int32(clamping: delay)
    return try? response.framed(correlationID: correlationID, version: version)
  }
}
