@testable import KafkaProtocol

/// Every request whose messages are described; their responses come with them.
let servedRequests: [any KafkaRequest.Type] = [
  ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
  OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
  JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self, SyncGroupRequest.self,
  DescribeGroupsRequest.self, ListGroupsRequest.self, SaslHandshakeRequest.self,
  ApiVersionsRequest.self, CreateTopicsRequest.self, DeleteTopicsRequest.self,
  DeleteRecordsRequest.self, InitProducerIDRequest.self, OffsetForLeaderEpochRequest.self,
  AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self, EndTxnRequest.self,
  TxnOffsetCommitRequest.self, DescribeConfigsRequest.self, AlterConfigsRequest.self,
  DescribeLogDirsRequest.self, SaslAuthenticateRequest.self, CreatePartitionsRequest.self,
  DeleteGroupsRequest.self, IncrementalAlterConfigsRequest.self, OffsetDeleteRequest.self,
  DescribeClusterRequest.self, DescribeProducersRequest.self, DescribeTransactionsRequest.self,
  ListTransactionsRequest.self, ConsumerGroupHeartbeatRequest.self,
  ConsumerGroupDescribeRequest.self, ListConfigResourcesRequest.self,
  DescribeTopicPartitionsRequest.self, DescribeClientQuotasRequest.self,
  AlterClientQuotasRequest.self, GetTelemetrySubscriptionsRequest.self, PushTelemetryRequest.self,
  DescribeAclsRequest.self, CreateAclsRequest.self,
  DeleteAclsRequest.self, AlterReplicaLogDirsRequest.self, ElectLeadersRequest.self,
  AlterPartitionReassignmentsRequest.self, ListPartitionReassignmentsRequest.self,
  DescribeUserScramCredentialsRequest.self, AlterUserScramCredentialsRequest.self,
  DescribeQuorumRequest.self, UpdateFeaturesRequest.self,
  ShareGroupHeartbeatRequest.self, ShareGroupDescribeRequest.self,
  ShareFetchRequest.self, ShareAcknowledgeRequest.self, DescribeShareGroupOffsetsRequest.self,
  AlterShareGroupOffsetsRequest.self, DeleteShareGroupOffsetsRequest.self,
]

/// Every message that travels inside a `bytes` field.
let embeddedMessages: [any EmbeddedMessage.Type] = [
  ConsumerProtocolSubscription.self, ConsumerProtocolAssignment.self,
]
