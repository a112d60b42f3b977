/// Asks for the cluster's id and brokers (KIP-700).
package struct DescribeClusterRequest: KafkaRequest {
  package typealias Response = DescribeClusterResponse

  package static let api = API(.describeCluster, versions: 0...2, flexibleFrom: 0)

  package var includeClusterAuthorizedOperations = false
  /// 1 brokers, 2 controllers.
  package var endpointType: Int8 = 1
  package var includeFencedBrokers = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&includeClusterAuthorizedOperations)
    try f.field(&endpointType, in: 1...)
    try f.field(&includeFencedBrokers, in: 2...)
  }
}

/// Describes the cluster.
package struct DescribeClusterResponse: KafkaResponse {
  package static let api = DescribeClusterRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var endpointType: Int8 = 1
  package var clusterID = ""
  package var controllerID: Int32 = -1
  package var brokers: [Broker] = []
  package var clusterAuthorizedOperations = Int32.min

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&endpointType, in: 1...)
    try f.field(&clusterID)
    try f.field(&controllerID)
    try f.field(&brokers)
    try f.field(&clusterAuthorizedOperations)
  }

  /// Where a broker listens.
  package struct Broker: Message {
    package var brokerID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var rack: String?
    package var isFenced = false

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&brokerID)
      try f.field(&host)
      try f.field(&port)
      try f.field(&rack)
      try f.field(&isFenced, in: 2...)
    }
  }
}
