import KafkaProtocol
import Records

/// Fetch: reads records over both tiers, with sessions for clients that want them (KIP-227).
enum FetchHandler: Handler {
  /// Topics are named by id from here on (KIP-516).
  private static let firstVersionWithIDs: Int16 = 13
  /// Answers say what is wrong with the whole request from here on (KIP-227).
  private static let firstVersionWithErrors: Int16 = 7

  static func handle(_ request: FetchRequest, _ call: Call, _ loop: LoopService) {
    // What this loop has received but not appended yet must be visible to a fetch behind it.
    loop.appends.commit()
    let broker = loop.broker
    let count = request.topics.reduce(0) { $0 + $1.partitions.count }
    guard count <= broker.limits.fetchMaxPartitions else { return refuse(call) }
    let usesTopicIDs = call.version >= firstVersionWithIDs
    let maxBytes = min(
      Int(max(0, request.maxBytes)), broker.limits.fetchMaxBytes, call.fetchQuotaBytes)
    let terms = PendingFetch.Terms(
      // More than one answer can hold is not worth waiting for.
      minBytes: min(Int(request.minBytes), maxBytes), maxBytes: maxBytes,
      maxWaitMilliseconds: Int64(request.maxWaitMilliseconds),
      readsCommitted: request.isolationLevel == 1,
      isReplica: request.replicaID >= 0 || request.replicaState.replicaID >= 0,
      missingTopic: usesTopicIDs ? .unknownTopicID : .unknownTopicOrPartition)
    func start(
      _ kind: PendingFetch.Kind, _ membership: PendingFetch.Membership?,
      _ own: FetchSession = FetchSession(usesTopicIDs: false, isKept: false)
    ) {
      PendingFetch(
        call: call, broker: broker, loop: loop.loop, terms: terms, kind: kind,
        membership: membership, own: own
      ).start()
    }
    let opening = broker.fetchSessions.open(
      request, usesTopicIDs: usesTopicIDs, in: loop.topics)
    switch opening {
    case .sessionless(let own): start(.sessionless, nil, own)
    case .full(let session, let id, let number):
      start(.full(id: id), PendingFetch.Membership(session: session, number: number))
    case .incremental(let session, let id, let number):
      start(.incremental(id: id), PendingFetch.Membership(session: session, number: number))
    case .refused(let code): call.answer(FetchResponse { $0.errorCode = code })
    }
  }

  /// Answers a fetch of more partitions than may be named at once.
  private static func refuse(_ call: Call) {
    if call.version >= firstVersionWithErrors {
      call.answer(FetchResponse { $0.errorCode = .invalidRequest })
    } else {
      call.connection.close(.refused("a fetch names too many partitions"))
    }
  }
}
