import KafkaProtocol
import Net
import Platform

/// Serves Kafka's protocol on one event loop: reads requests, calls their handlers, and appends
/// what was produced once per iteration. Touched on its loop's thread only.
final class LoopService: EventLoopDelegate {
  let broker: BrokerContext
  let loop: EventLoop
  let appends: AppendQueue
  let validator = ProduceValidator()
  /// What the client of the request that is being handled calls itself; valid until `handle`
  /// returns, as it lies in the frame.
  private(set) var clientID: WireString?
  private let handlingTime: HandlingTime
  private var table: TopicTable.Snapshot
  private var tableVersion: Int

  init(broker: BrokerContext, loop: EventLoop) {
    self.broker = broker
    self.loop = loop
    appends = AppendQueue(broker: broker, loop: loop)
    handlingTime = HandlingTime(clock: broker.clock)
    tableVersion = broker.topics.version
    table = broker.topics.snapshot
  }

  /// The topics as of this iteration.
  var topics: TopicTable.Snapshot {
    let version = broker.topics.version
    if version != tableVersion {
      tableVersion = version
      table = broker.topics.snapshot
    }
    return table
  }

  func received(frame bytes: UnsafeMutableRawBufferPointer, on connection: Connection) {
    do throws(WireError) {
      let frame = try RequestFrame(bytes)
      switch frame.key {
      case .produce: _ = try run(ProduceHandler.self, frame, connection)
      case .fetch: _ = try run(FetchHandler.self, frame, connection)
      default: try dispatch(frame, connection)
      }
    } catch {
      connection.close(.refused("\(error)"))
    }
  }

  func endOfIteration() { appends.commit() }

  func closed(_ connection: Connection) { (connection.state as? ClientSession)?.closed() }

  /// Handles all but the hot path.
  ///
  /// Kafka handles the requests of a connection one after the other (protocol guide, "Network"),
  /// and clients may count on it: a commit and the question what is committed, sent at once, must
  /// take effect in that order. So what was produced before is appended first, and nothing further
  /// is delivered before the answer.
  /// Produce and Fetch alone need not be waited for: appends keep their order by themselves.
  private func dispatch(_ frame: RequestFrame, _ connection: Connection) throws(WireError) {
    let key = Int(frame.rawKey)
    guard key >= 0, key < handlersByKey.count, let handler = handlersByKey[key] else {
      throw WireError(.unsupportedVersion, at: 0)
    }
    // The one API whose unknown versions get an answer: clients find out with it (KIP-511).
    if frame.key == .apiVersions, !ApiVersionsRequest.api.versions.contains(frame.version) {
      let call = Call(
        connection: connection, loop: loop, slot: connection.reserveReply(), version: 0,
        correlationID: frame.correlationID)
      return call.answer(ApiVersionsResponse.unsupportedVersion)
    }
    appends.commit()
    if let slot = try run(handler, frame, connection) { connection.deliverNothing(before: slot) }
  }

  /// Gives the place of the answer, if there is to be one.
  private func run<H: Handler>(
    _ handler: H.Type, _ frame: RequestFrame, _ connection: Connection
  ) throws(WireError) -> ReplySlot? {
    let request = try frame.decode(H.Request.self)
    clientID = frame.clientID
    defer { clientID = nil }
    let quota = broker.quotas.isActive ? quota(of: connection, frame.clientID ?? "") : nil
    let slot = H.wantsAnswer(request) ? connection.reserveReply() : nil
    let call = Call(
      connection: connection, loop: loop, slot: slot, version: frame.version,
      correlationID: frame.correlationID, requestByteCount: frame.byteCount, quota: quota)
    if let quota { handlingTime.begin(quota) }
    H.handle(request, call, self)
    if quota != nil { handlingTime.end() }
    return slot
  }

  /// What applies to a client, which its connection remembers.
  private func quota(of connection: Connection, _ clientID: WireString) -> ClientQuota {
    let session = ClientSession.of(connection)
    if let known = session.quota, known.version == broker.quotas.version,
      known.clientID == clientID
    {
      return known
    }
    let quota = broker.quotas.client(clientID, handlingTime: handlingTime)
    session.quota = quota
    return quota
  }
}
