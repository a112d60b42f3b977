/// The number that says which API a request calls (Kafka 4.2). Those between brokers and
/// controllers are left out: they are unknown to Varve.
package enum APIKey: Int16, CaseIterable, Hashable, Sendable {
  case produce = 0
  case fetch = 1
  case listOffsets = 2
  case metadata = 3
  case offsetCommit = 8
  case offsetFetch = 9
  case findCoordinator = 10
  case joinGroup = 11
  case heartbeat = 12
  case leaveGroup = 13
  case syncGroup = 14
  case describeGroups = 15
  case listGroups = 16
  case saslHandshake = 17
  case apiVersions = 18
  case createTopics = 19
  case deleteTopics = 20
  case deleteRecords = 21
  case initProducerID = 22
  case offsetForLeaderEpoch = 23
  case addPartitionsToTxn = 24
  case addOffsetsToTxn = 25
  case endTxn = 26
  case txnOffsetCommit = 28
  case describeAcls = 29
  case createAcls = 30
  case deleteAcls = 31
  case describeConfigs = 32
  case alterConfigs = 33
  case alterReplicaLogDirs = 34
  case describeLogDirs = 35
  case saslAuthenticate = 36
  case createPartitions = 37
  case createDelegationToken = 38
  case renewDelegationToken = 39
  case expireDelegationToken = 40
  case describeDelegationToken = 41
  case deleteGroups = 42
  case electLeaders = 43
  case incrementalAlterConfigs = 44
  case alterPartitionReassignments = 45
  case listPartitionReassignments = 46
  case offsetDelete = 47
  case describeClientQuotas = 48
  case alterClientQuotas = 49
  case describeUserScramCredentials = 50
  case alterUserScramCredentials = 51
  case describeQuorum = 55
  case updateFeatures = 57
  case describeCluster = 60
  case describeProducers = 61
  case describeTransactions = 65
  case listTransactions = 66
  case consumerGroupHeartbeat = 68
  case consumerGroupDescribe = 69
  case getTelemetrySubscriptions = 71
  case pushTelemetry = 72
  case listConfigResources = 74
  case describeTopicPartitions = 75
  case shareGroupHeartbeat = 76
  case shareGroupDescribe = 77
  case shareFetch = 78
  case shareAcknowledge = 79
  case streamsGroupHeartbeat = 88
  case streamsGroupDescribe = 89
  case describeShareGroupOffsets = 90
  case alterShareGroupOffsets = 91
  case deleteShareGroupOffsets = 92
}

extension APIKey {
  /// Kafka's name of the API, such as `InitProducerId`: for log lines and metrics.
  package var name: String {
    let text = "\(self)"
    let name = text.prefix(1).uppercased() + text.dropFirst()
    return name.hasSuffix("ID") ? name.dropLast(2) + "Id" : name
  }
}
