import KafkaProtocol
import Records

/// ShareFetch: acknowledges what a member of a share group has done, and lets it acquire more
/// (KIP-932).
enum ShareFetchHandler: Handler {
  /// Never acquires more records than were asked for.
  private static let strictMode: Int8 = 1

  static func handle(_ request: ShareFetchRequest, _ call: Call, _ loop: LoopService) {
    // What this loop has received but not appended yet must be visible to a fetch behind it.
    loop.appends.commit()
    let broker = loop.broker
    guard let member = ShareSessions.Key(request.groupID, request.memberID) else {
      return refuse(call, .invalidRequest, "A group id and a member id are wanted.")
    }
    let count =
      request.topics.reduce(0) { $0 + $1.partitions.count }
      + request.forgottenTopicsData.reduce(0) { $0 + $1.partitions.count }
    guard count <= broker.limits.fetchMaxPartitions else {
      return refuse(call, .invalidRequest, "The request names too many partitions.")
    }
    if request.isRenewAck, !request.asksForNothing {
      return refuse(call, .invalidRequest, "A request that renews locks fetches nothing.")
    }
    let turn: ShareSessions.Turn
    switch broker.shares.sessions.fetch(member, request, connection: call.connection.id) {
    case .success(let found): turn = found
    case .failure(let refusal): return refuse(call, refusal.code, refusal.message)
    }
    endSessions(with: call, broker.shares)
    let settings = broker.shares.settings(of: member.group)
    let maxBytes = min(
      Int(max(0, request.maxBytes)), broker.limits.fetchMaxBytes, call.fetchQuotaBytes)
    let fetches = !turn.isFinal && !request.isRenewAck && request.maxRecords > 0
    let pending = PendingShareFetch(
      call, loop,
      PendingShareFetch.Terms(
        member: member, settings: settings, minBytes: min(Int(request.minBytes), maxBytes),
        maxBytes: maxBytes, maxRecords: Int(request.maxRecords),
        batchSize: Int(request.batchSize),
        isStrict: request.shareAcquireMode == strictMode,
        maxWaitMilliseconds: Int64(request.maxWaitMilliseconds)),
      fetches ? turn.places : [])
    acknowledge(request, member, call, loop, pending)
    if turn.isFinal { broker.shares.release(member, turn.places) }
    pending.start()
  }

  /// Has the share sessions of a connection end with it.
  private static func endSessions(with call: Call, _ shares: ShareCoordinator) {
    let client = ClientSession.of(call.connection)
    let connection = call.connection.id
    if client.endShareSessions == nil {
      client.endShareSessions = { shares.connectionClosed(connection) }
    }
  }

  /// Hands on what the request acknowledges; before anything is acquired.
  private static func acknowledge(
    _ request: ShareFetchRequest, _ member: ShareSessions.Key, _ call: Call, _ loop: LoopService,
    _ pending: PendingShareFetch
  ) {
    let all = ShareAcknowledgements.all(of: request.topics).filter { !$0.batches.isEmpty }
    let eventLoop = loop.loop
    loop.broker.shares.acknowledge(
      all, by: member, allowsRenewal: call.version >= 2 && request.isRenewAck, in: loop.topics
    ) { codes in
      let outcomes = zip(all, codes).map { (place: $0.place, code: $1) }
      eventLoop.post { pending.acknowledged(outcomes) }
    }
  }

  private static func refuse(_ call: Call, _ code: ErrorCode, _ message: String) {
    call.answer(
      ShareFetchResponse {
        $0.errorCode = code
        $0.errorMessage = message
      })
  }
}

extension ShareFetchRequest {
  fileprivate var asksForNothing: Bool {
    maxWaitMilliseconds == 0 && minBytes == 0 && maxBytes == 0 && maxRecords == 0
  }
}

extension ShareSessions.Key {
  /// Nil without both ids.
  init?(_ group: String?, _ member: String?) {
    guard let group, let member, !group.isEmpty, !member.isEmpty else { return nil }
    self.init(group: group, member: member)
  }
}
