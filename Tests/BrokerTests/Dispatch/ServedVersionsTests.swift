import KafkaProtocol
import Records
import Testing

@testable import Broker

/// Every API in every version against a running broker.
struct ServedVersionsTests {
  @Test func `ApiVersions advertises exactly what is served, and Produce from 0 on`() throws {
    let answer = try RunningBroker().ask(ApiVersionsRequest())
    let advertised = Dictionary(
      uniqueKeysWithValues: answer.apiKeys.map { ($0.apiKey, $0.minVersion...$0.maxVersion) })
    #expect(advertised.count == servedHandlers.count)
    for handler in servedHandlers {
      let api = handler.servedAPI
      var expected = api.versions
      // KAFKA-18659: older clients give up when Produce begins at 3.
      if api.key == .produce { expected = 0...expected.upperBound }
      #expect(advertised[api.key.rawValue] == expected, "\(api.key)")
    }
  }

  /// Kafka clients, tools and consoles of today use all of these.
  @Test func `the APIs that clients need are served`() {
    let served = Set(servedHandlers.map { $0.servedAPI.key })
    let needed: [APIKey] = [
      .produce, .fetch, .listOffsets, .metadata, .offsetCommit, .offsetFetch, .findCoordinator,
      .joinGroup, .heartbeat, .leaveGroup, .syncGroup, .describeGroups, .listGroups,
      .saslHandshake, .apiVersions, .createTopics, .deleteTopics, .initProducerID,
      .offsetForLeaderEpoch, .describeConfigs, .saslAuthenticate, .describeCluster,
      .deleteRecords, .describeAcls, .createAcls, .deleteAcls, .alterConfigs, .describeLogDirs,
      .createPartitions, .deleteGroups, .electLeaders, .incrementalAlterConfigs,
      .alterPartitionReassignments, .listPartitionReassignments, .offsetDelete,
      .describeUserScramCredentials, .alterUserScramCredentials, .describeQuorum,
      .updateFeatures, .listConfigResources, .describeTopicPartitions, .alterReplicaLogDirs,
      .shareGroupHeartbeat, .shareGroupDescribe, .shareFetch, .shareAcknowledge,
      .describeShareGroupOffsets, .alterShareGroupOffsets, .deleteShareGroupOffsets,
      .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .txnOffsetCommit, .describeProducers,
      .describeTransactions, .listTransactions, .consumerGroupHeartbeat, .consumerGroupDescribe,
      .describeClientQuotas, .alterClientQuotas, .getTelemetrySubscriptions, .pushTelemetry,
    ]
    #expect(served.isSuperset(of: needed), "\(Set(needed).subtracting(served))")
  }

  @Test(.timeLimit(.minutes(1)), arguments: servedHandlers.indices)
  func `every version answers a request that says nothing`(index: Int) throws {
    let broker = try RunningBroker()
    try sweep(servedHandlers[index]) { request, version in
      _ = try broker.ask(request, version: version)
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: servedHandlers.indices)
  func `every version answers a request for what there is`(index: Int) throws {
    let broker = try RunningBroker()
    try sweep(servedHandlers[index]) { request, version in
      // Anew each time, as some requests delete it.
      let id = try makeTopic("sweep", broker)
      var filler = RequestFiller(version: version, name: "sweep", id: id)
      var filled = request
      try filled.fields(&filler)
      _ = try broker.ask(answerable(filled), version: version)
    }
  }

  private func sweep(
    _ handler: any Handler.Type, _ body: (any KafkaRequest, Int16) throws -> Void
  ) throws {
    for version in handler.servedAPI.versions {
      try body(answerable(request(of: handler)), version)
    }
  }

  private func request<H: Handler>(of handler: H.Type) -> any KafkaRequest { H.Request() }

  /// The same with acks=1 where acks=0 would mean that no answer comes.
  private func answerable<Request: KafkaRequest>(_ request: Request) -> Request {
    guard var produce = request as? ProduceRequest else { return request }
    produce.acks = 1
    return produce as? Request ?? request
  }

  private func makeTopic(_ name: String, _ broker: RunningBroker) throws -> TopicID {
    _ = try broker.ask(
      CreateTopicsRequest {
        $0.topics = [
          CreateTopicsRequest.Topic {
            $0.name = name
            $0.numPartitions = 1
            $0.replicationFactor = 1
          }
        ]
      })
    let metadata = try broker.ask(
      MetadataRequest {
        $0.topics = [MetadataRequest.Topic { $0.name = name }]
      })
    let topic = try #require(metadata.topics.first)
    #expect(topic.errorCode == .none)
    return topic.topicID
  }
}
