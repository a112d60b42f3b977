import KafkaProtocol

/// Answers one Kafka API. Handlers hold no state; one file each, named as the message's.
protocol Handler: SendableMetatype {
  associatedtype Request: KafkaRequest

  /// Starts to answer; runs on the loop's thread and must not block. The answer may come later and
  /// from another thread, through `call`.
  static func handle(_ request: Request, _ call: Call, _ loop: LoopService)

  /// False for the one request that gets no answer: Produce with acks=0.
  static func wantsAnswer(_ request: Request) -> Bool
}

extension Handler {
  static func wantsAnswer(_ request: Request) -> Bool { true }
}

/// Every API that this broker serves. Dispatch and the ApiVersions answer both read this list, so
/// what is not served cannot be advertised.
let servedHandlers: [any Handler.Type] = [
  ProduceHandler.self, FetchHandler.self, ListOffsetsHandler.self, DeleteRecordsHandler.self,
  OffsetForLeaderEpochHandler.self, MetadataHandler.self,
  ApiVersionsHandler.self, CreateTopicsHandler.self, DeleteTopicsHandler.self,
  AlterConfigsHandler.self, ListConfigResourcesHandler.self, DescribeTopicPartitionsHandler.self,
  DescribeLogDirsHandler.self, AlterReplicaLogDirsHandler.self, DescribeQuorumHandler.self,
  UpdateFeaturesHandler.self, ElectLeadersHandler.self, AlterPartitionReassignmentsHandler.self,
  ListPartitionReassignmentsHandler.self, SaslHandshakeHandler.self,
  SaslAuthenticateHandler.self, DescribeAclsHandler.self, CreateAclsHandler.self,
  DeleteAclsHandler.self, DescribeUserScramCredentialsHandler.self,
  AlterUserScramCredentialsHandler.self,
  CreatePartitionsHandler.self, InitProducerIDHandler.self, FindCoordinatorHandler.self,
  DescribeConfigsHandler.self, IncrementalAlterConfigsHandler.self, DescribeClusterHandler.self,
  DescribeClientQuotasHandler.self, AlterClientQuotasHandler.self,
  GetTelemetrySubscriptionsHandler.self, PushTelemetryHandler.self,
  JoinGroupHandler.self, SyncGroupHandler.self, HeartbeatHandler.self, LeaveGroupHandler.self,
  OffsetCommitHandler.self, OffsetFetchHandler.self, DescribeGroupsHandler.self,
  ListGroupsHandler.self, DeleteGroupsHandler.self, OffsetDeleteHandler.self,
  AddPartitionsToTxnHandler.self, AddOffsetsToTxnHandler.self, EndTxnHandler.self,
  TxnOffsetCommitHandler.self, DescribeTransactionsHandler.self, ListTransactionsHandler.self,
  DescribeProducersHandler.self,
  ConsumerGroupHeartbeatHandler.self, ConsumerGroupDescribeHandler.self,
  ShareFetchHandler.self, ShareAcknowledgeHandler.self,
  DescribeShareGroupOffsetsHandler.self, AlterShareGroupOffsetsHandler.self,
  DeleteShareGroupOffsetsHandler.self,
  ShareGroupHeartbeatHandler.self, ShareGroupDescribeHandler.self,
]

/// The handlers by API key; nil where none serves it.
let handlersByKey: [(any Handler.Type)?] = {
  var table: [(any Handler.Type)?] = []
  for handler in servedHandlers {
    let key = Int(handler.servedAPI.key.rawValue)
    while table.count <= key { table.append(nil) }
    precondition(table[key] == nil, "two handlers for API \(key)")
    table[key] = handler
  }
  return table
}()

extension Handler {
  static var servedAPI: API { Request.api }
}
