import KafkaProtocol
import Records
import Testing

@testable import Broker

/// What a cluster of one broker answers to questions that are meant for several, or for security
/// that is not there.
struct OneBrokerTests {
  private let broker: RunningBroker

  init() throws {
    broker = try RunningBroker()
    let created = try broker.ask(
      CreateTopicsRequest {
        $0.topics = [
          CreateTopicsRequest.Topic {
            $0.name = "t"
            $0.numPartitions = 2
            $0.replicationFactor = 3
          }
        ]
      })
    #expect(created.topics.map(\.errorCode) == [.none])
  }

  @Test func `elections are not needed`() throws {
    func elect(_ partitions: [PartitionID]?) throws -> ElectLeadersResponse {
      try broker.ask(
        ElectLeadersRequest {
          $0.topicPartitions = partitions.map { partitions in
            [
              ElectLeadersRequest.Topic {
                $0.topic = "t"
                $0.partitions = partitions
              }
            ]
          }
        })
    }
    #expect(try elect(nil).replicaElectionResults.isEmpty)
    let answer = try elect([PartitionID(0), PartitionID(2)])
    let codes = answer.replicaElectionResults.flatMap { $0.partitionResult.map(\.errorCode) }
    #expect(codes == [.electionNotNeeded, .unknownTopicOrPartition])
  }

  @Test(
    arguments: [
      (0, [1], .none), (0, [2], .invalidReplicaAssignment),
      (0, [1, 2], .invalidReplicaAssignment), (0, [1, 1], .invalidReplicaAssignment),
      (0, [], .invalidReplicaAssignment), (0, nil, .noReassignmentInProgress),
      (2, [1], .unknownTopicOrPartition),
    ] as [(Int32, [Int32]?, ErrorCode)])
  func `partitions can only be moved to where they are`(
    partition: Int32, replicas: [Int32]?, expected: ErrorCode
  ) throws {
    let answer = try broker.ask(
      AlterPartitionReassignmentsRequest {
        $0.topics = [
          AlterPartitionReassignmentsRequest.Topic {
            $0.name = "t"
            $0.partitions = [
              AlterPartitionReassignmentsRequest.Partition {
                $0.partitionIndex = PartitionID(partition)
                $0.replicas = replicas
              }
            ]
          }
        ]
      })
    #expect(answer.responses.flatMap { $0.partitions.map(\.errorCode) } == [expected])
    #expect(try broker.ask(ListPartitionReassignmentsRequest()).topics.isEmpty)
  }

  @Test func `the metadata log has one voter, who leads`() throws {
    let answer = try broker.ask(
      DescribeQuorumRequest {
        $0.topics = ["__cluster_metadata", "t"].map { name in
          DescribeQuorumRequest.Topic {
            $0.topicName = name
            $0.partitions = [DescribeQuorumRequest.Partition()]
          }
        }
      })
    let partitions = answer.topics.flatMap(\.partitions)
    #expect(partitions.map(\.errorCode) == [.none, .unknownTopicOrPartition])
    let quorum = try #require(partitions.first)
    #expect(quorum.leaderID == 1)
    #expect(quorum.currentVoters.map(\.replicaID) == [1])
    #expect(quorum.currentVoters[0].replicaDirectoryID != .zero)
    // A topic and two partitions have been written.
    #expect(quorum.highWatermark >= Offset(3))
    #expect(answer.nodes.first?.listeners.first?.host == "127.0.0.1")
  }

  @Test(arguments: UpdateFeaturesRequest.api.versions)
  func `unknown features are refused`(version: Int16) throws {
    let answer = try broker.ask(
      UpdateFeaturesRequest {
        $0.featureUpdates = [UpdateFeaturesRequest.Update { $0.feature = "no.version" }]
      }, version: version)
    if version < 2 {
      #expect(answer.results.map(\.errorCode) == [.invalidUpdateVersion])
    } else {
      #expect(answer.errorCode == .invalidUpdateVersion)
    }
  }

  @Test func `without SASL and an authorizer their APIs say so`() throws {
    #expect(try broker.ask(SaslHandshakeRequest()).errorCode == .illegalSASLState)
    #expect(try broker.ask(SaslAuthenticateRequest()).errorCode == .illegalSASLState)
    #expect(try broker.ask(DescribeAclsRequest()).errorCode == .securityDisabled)
    let created = try broker.ask(
      CreateAclsRequest { $0.creations = [CreateAclsRequest.Creation()] })
    #expect(created.results.map(\.errorCode) == [.securityDisabled])
    let deleted = try broker.ask(DeleteAclsRequest { $0.filters = [DeleteAclsRequest.Filter()] })
    #expect(deleted.filterResults.map(\.errorCode) == [.securityDisabled])
    let users = try broker.ask(
      DescribeUserScramCredentialsRequest {
        $0.users = [DescribeUserScramCredentialsRequest.User { $0.name = "u" }]
      })
    #expect(users.results.map(\.errorCode) == [.resourceNotFound])
    let altered = try broker.ask(
      AlterUserScramCredentialsRequest {
        $0.upsertions = [AlterUserScramCredentialsRequest.Upsertion { $0.name = "u" }]
        $0.deletions = [AlterUserScramCredentialsRequest.Deletion { $0.name = "v" }]
      })
    #expect(altered.results.map(\.errorCode) == [.unsupportedSASLMechanism, .resourceNotFound])
  }

  @Test func `topics are deleted by name or id, once each`() throws {
    let id = try #require(try broker.ask(MetadataRequest { $0.topics = nil }).topics.first?.topicID)
    func delete(_ wishes: [(String?, TopicID)]) throws -> [ErrorCode] {
      try broker.ask(
        DeleteTopicsRequest {
          $0.topics = wishes.map { name, id in
            DeleteTopicsRequest.Topic {
              $0.name = name
              $0.topicID = id
            }
          }
        }
      ).responses.map(\.errorCode)
    }
    #expect(
      try delete([("t", id), (nil, .zero), ("absent", .zero), (nil, TopicID(high: 9, low: 9))])
        == [.invalidRequest, .invalidRequest, .unknownTopicOrPartition, .unknownTopicID])
    #expect(try delete([("t", .zero), ("t", .zero)]) == [.invalidRequest, .invalidRequest])
    #expect(try delete([(nil, id)]) == [.none])
  }

  @Test func `log directories are the local one and the lake`() throws {
    let answer = try broker.ask(DescribeLogDirsRequest { $0.topics = nil })
    let names = answer.results.map(\.logDir)
    #expect(names.count == 2)
    #expect(names.last == "memory:")
    #expect(answer.results[0].totalBytes > 0)
    #expect(answer.results[0].topics.map(\.name) == ["t"])
    #expect(answer.results[1].totalBytes == -1)
    #expect(try broker.ask(DescribeLogDirsRequest { $0.topics = [] }).results[0].topics.isEmpty)
    let moved = try broker.ask(
      AlterReplicaLogDirsRequest {
        $0.dirs = [names[0], "/elsewhere"].map { path in
          AlterReplicaLogDirsRequest.Directory {
            $0.path = path
            $0.topics = [
              AlterReplicaLogDirsRequest.Topic {
                $0.name = "t"
                $0.partitions = [PartitionID(0)]
              }
            ]
          }
        }
      })
    let codes = moved.results.flatMap { $0.partitions.map(\.errorCode) }
    #expect(codes == [.none, .logDirNotFound])
  }
}
