import KafkaProtocol

/// DescribeCluster: one broker, which is the controller too.
enum DescribeClusterHandler: Handler {
  private static let brokerEndpoints: Int8 = 1

  static func handle(_ request: DescribeClusterRequest, _ call: Call, _ loop: LoopService) {
    let node = MetadataHandler.broker(for: call, loop.broker)
    call.answer(
      DescribeClusterResponse { response in
        guard request.endpointType == brokerEndpoints else {
          response.errorCode = .mismatchedEndpointType
          response.errorMessage = "The request was sent to an endpoint of type BROKER"
          return
        }
        response.clusterID = loop.broker.cluster.clusterID
        response.controllerID = node.nodeID
        response.brokers = [
          DescribeClusterResponse.Broker {
            $0.brokerID = node.nodeID
            $0.host = node.host
            $0.port = node.port
            $0.rack = node.rack
          }
        ]
      })
  }
}
