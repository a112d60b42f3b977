import Cluster
import KafkaProtocol
import Records

/// DescribeQuorum: the one broker keeps the metadata log alone.
enum DescribeQuorumHandler: Handler {
  private static let topic = "__cluster_metadata"

  static func handle(_ request: DescribeQuorumRequest, _ call: Call, _ loop: LoopService) {
    let node = MetadataHandler.broker(for: call, loop.broker)
    call.answer(
      DescribeQuorumResponse { response in
        response.topics = request.topics.map { asked in
          DescribeQuorumResponse.Topic { answer in
            answer.topicName = asked.topicName
            answer.partitions = asked.partitions.map {
              describe($0.partitionIndex, of: asked.topicName, loop.broker)
            }
          }
        }
        response.nodes = [
          DescribeQuorumResponse.Node {
            $0.nodeID = node.nodeID
            $0.listeners = [
              DescribeQuorumResponse.Listener {
                $0.name = call.listenerName
                $0.host = node.host
                $0.port = UInt16(truncatingIfNeeded: node.port)
              }
            ]
          }
        ]
      })
  }

  private static func describe(
    _ partition: PartitionID, of name: String, _ broker: BrokerContext
  ) -> DescribeQuorumResponse.Partition {
    DescribeQuorumResponse.Partition { answer in
      answer.partitionIndex = partition
      guard name == topic, partition == PartitionID(0) else {
        answer.errorCode = .unknownTopicOrPartition
        answer.errorMessage = "This server does not host this topic-partition."
        return
      }
      let now = broker.clock.wallMilliseconds()
      answer.leaderID = broker.config.nodeID
      answer.highWatermark = broker.cluster.metadataEndOffset
      answer.currentVoters = [
        DescribeQuorumResponse.Replica {
          $0.replicaID = broker.config.nodeID
          $0.replicaDirectoryID = broker.directoryID
          $0.logEndOffset = answer.highWatermark
          $0.lastFetchTimestamp = now
          $0.lastCaughtUpTimestamp = now
        }
      ]
    }
  }
}
