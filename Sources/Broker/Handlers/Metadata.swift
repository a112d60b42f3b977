import Cluster
import KafkaProtocol
import Platform
import Records

/// Metadata: brokers and topics; makes missing topics when the client and the config allow it.
enum MetadataHandler: Handler {
  static func handle(_ request: MetadataRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let wishes = Wishes(request, version: call.version, topics: loop.topics)
    // Internal topics are made by their own coordinators, with their own settings.
    let missing = wishes.names.filter {
      loop.topics.topic(named: $0) == nil && !isInternalTopic($0)
    }
    guard !missing.isEmpty, request.allowAutoTopicCreation, broker.limits.autoCreatesTopics else {
      return call.answer(answer(wishes, call, broker, loop.topics, refusals: [:]))
    }
    // Made and charged in any case, as in Kafka: the client waits afterwards.
    let quota = call.mutationQuota(strictFrom: .max)
    let isQueued = broker.controller.submit {
      var quota = quota
      var refusals: [String: Refusal] = [:]
      for name in missing {
        do throws(Refusal) {
          _ = try broker.lifecycle.create(TopicRequest(name: name), quota: &quota)
        } catch  where error.code == .topicAlreadyExists {
          // Another client was faster.
        } catch {
          refusals[name] = error
        }
      }
      call.answerFromAnywhere(
        answer(wishes, call, broker, broker.topics.snapshot, refusals: refusals),
        delay: quota?.delayMilliseconds ?? 0)
    }
    if !isQueued { call.answer(answer(wishes, call, broker, loop.topics, refusals: [:])) }
  }

  /// Which topics are asked for.
  private struct Wishes: Sendable {
    var isAll = false
    var names: [String] = []
    var ids: [TopicID] = []

    init(_ request: MetadataRequest, version: Int16, topics: TopicTable.Snapshot) {
      // Version 0 asks for all topics with an empty list, later ones with null.
      guard let asked = request.topics, !(version == 0 && asked.isEmpty) else {
        isAll = true
        return
      }
      for topic in asked {
        if let name = topic.name { names.append(name) } else { ids.append(topic.topicID) }
      }
    }
  }

  private static func answer(
    _ wishes: Wishes, _ call: Call, _ broker: BrokerContext, _ topics: TopicTable.Snapshot,
    refusals: [String: Refusal]
  ) -> MetadataResponse {
    MetadataResponse { response in
      response.brokers = [self.broker(for: call, broker)]
      response.clusterID = broker.cluster.clusterID
      response.controllerID = broker.config.nodeID
      if wishes.isAll {
        response.topics = topics.byID.values.sorted { $0.name < $1.name }.map {
          describe($0, broker)
        }
        return
      }
      for name in wishes.names {
        if let topic = topics.topic(named: name) {
          response.topics.append(describe(topic, broker))
        } else {
          let isLegal = topicNameProblem(name) == nil
          response.topics.append(
            MetadataResponse.Topic {
              $0.name = name
              $0.errorCode =
                refusals[name]?.code
                ?? (isLegal ? .unknownTopicOrPartition : .invalidTopicException)
            })
        }
      }
      for id in wishes.ids {
        if let topic = topics.byID[id] {
          response.topics.append(describe(topic, broker))
        } else {
          response.topics.append(
            MetadataResponse.Topic {
              $0.topicID = id
              $0.errorCode = .unknownTopicID
            })
        }
      }
    }
  }

  /// This broker under the address of the listener that the client came by.
  static func broker(for call: Call, _ broker: BrokerContext) -> MetadataResponse.Broker {
    let address = broker.advertisedAddress(for: call.listenerName)
    return MetadataResponse.Broker {
      $0.nodeID = broker.config.nodeID
      $0.host = address.host
      $0.port = Int32(address.port)
      $0.rack = broker.config.values.text("broker.rack")
    }
  }

  private static func describe(_ topic: Topic, _ broker: BrokerContext) -> MetadataResponse.Topic {
    let node = broker.config.nodeID
    return MetadataResponse.Topic {
      $0.name = topic.name
      $0.topicID = topic.id
      $0.isInternal = topic.isInternal
      $0.partitions = (0..<Int32(topic.partitionCount)).map { number in
        let id = PartitionID(number)
        return MetadataResponse.Partition {
          $0.partitionIndex = id
          $0.replicaNodes = [node]
          guard let partition = topic.partition(id) else {
            $0.errorCode = .leaderNotAvailable
            $0.leaderID = -1
            $0.offlineReplicas = [node]
            return
          }
          $0.leaderID = node
          $0.leaderEpoch = partition.leaderEpoch
          $0.isrNodes = [node]
        }
      }
    }
  }
}
