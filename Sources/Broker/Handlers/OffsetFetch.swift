import Coordinators
import KafkaProtocol
import Records

/// OffsetFetch: of one group, or (version 8) of many, which may live on different loops.
enum OffsetFetchHandler: Handler {
  private static let firstVersionWithGroups: Int16 = 8
  /// Topics are named by id from here on (KIP-848).
  private static let firstVersionWithIDs: Int16 = 10
  static func handle(_ request: OffsetFetchRequest, _ call: Call, _ loop: LoopService) {
    let asked = call.version < firstVersionWithGroups ? [oldGroup(request)] : request.groups
    let gathering = Gathering(count: asked.count) { finish($0, call) }
    let byID = call.version >= firstVersionWithIDs
    for (index, group) in asked.enumerated() {
      let topics = loop.topics
      loop.broker.groups.withShard(
        of: group.groupID,
        refuse: { code in gathering.put(refused(group, code), at: index) },
        { shard in
          if let problem = shard.fetchProblem(
            of: group.groupID, memberID: group.memberID, epoch: group.memberEpoch)
          {
            return gathering.put(refused(group, problem), at: index)
          }
          let look = Look(
            offsets: shard.offsets(of: group.groupID), requiresStable: request.requireStable)
          gathering.put(answer(group, look, byID ? topics : nil), at: index)
        })
    }
  }

  private static func oldGroup(_ request: OffsetFetchRequest) -> OffsetFetchRequest.Group {
    OffsetFetchRequest.Group { group in
      group.groupID = request.groupID
      group.topics = request.topics.map { topics in
        topics.map { topic in
          OffsetFetchRequest.GroupTopic {
            $0.name = topic.name
            $0.partitionIndexes = topic.partitionIndexes
          }
        }
      }
    }
  }

  /// A group's offsets as one request sees them.
  private struct Look {
    let offsets: GroupOffsets
    /// What an open transaction may change is not told (KIP-447).
    let requiresStable: Bool

    func partition(_ topic: String, _ index: PartitionID) -> OffsetFetchResponse.GroupPartition {
      if requiresStable, offsets.pending.contains(OffsetKey(topic: topic, partition: index)) {
        return missing(index, .unstableOffsetCommit)
      }
      return offsets[topic, index].map { found(index, $0) } ?? missing(index, .none)
    }
  }

  /// - Parameter table: the topics, when they are asked for by id.
  private static func answer(
    _ asked: OffsetFetchRequest.Group, _ look: Look, _ table: TopicTable.Snapshot?
  ) -> OffsetFetchResponse.Group {
    OffsetFetchResponse.Group { answer in
      answer.groupID = asked.groupID
      guard let topics = asked.topics else {
        answer.topics = everything(look, table)
        return
      }
      answer.topics = topics.map { topic in
        let known = table.map { $0.byID[topic.topicID]?.name } ?? topic.name
        return OffsetFetchResponse.GroupTopic { answer in
          answer.name = topic.name
          answer.topicID = topic.topicID
          answer.partitions = topic.partitionIndexes.map { index in
            known.map { look.partition($0, index) } ?? missing(index, .unknownTopicID)
          }
        }
      }
    }
  }

  /// All that the group has offsets of; a topic that is gone has no id to be told by.
  private static func everything(
    _ look: Look, _ table: TopicTable.Snapshot?
  ) -> [OffsetFetchResponse.GroupTopic] {
    look.offsets.sorted.compactMap { name, partitions in
      let id = table.map { $0.topic(named: name)?.id } ?? .zero
      guard let id else { return nil }
      return OffsetFetchResponse.GroupTopic {
        $0.name = name
        $0.topicID = id
        $0.partitions = partitions.map { look.partition(name, $0.0) }
      }
    }
  }

  private static func found(
    _ index: PartitionID, _ committed: CommittedOffset
  ) -> OffsetFetchResponse.GroupPartition {
    OffsetFetchResponse.GroupPartition {
      $0.partitionIndex = index
      $0.committedOffset = committed.offset
      $0.committedLeaderEpoch = committed.leaderEpoch
      $0.metadata = committed.metadata
    }
  }

  private static func missing(
    _ index: PartitionID, _ code: ErrorCode
  ) -> OffsetFetchResponse.GroupPartition {
    OffsetFetchResponse.GroupPartition {
      $0.partitionIndex = index
      $0.committedOffset = Offset(-1)
      $0.metadata = ""
      $0.errorCode = code
    }
  }

  /// Refuses the group, and each partition with it: before version 2 there is no other place for
  /// the error, and aiokafka never looks at the group's. Without it the client would take the
  /// offsets for not committed, and start all over.
  static func refused(
    _ asked: OffsetFetchRequest.Group, _ code: ErrorCode
  ) -> OffsetFetchResponse.Group {
    OffsetFetchResponse.Group { answer in
      answer.groupID = asked.groupID
      answer.errorCode = code
      answer.topics = (asked.topics ?? []).map { topic in
        OffsetFetchResponse.GroupTopic {
          $0.name = topic.name
          $0.topicID = topic.topicID
          $0.partitions = topic.partitionIndexes.map { missing($0, code) }
        }
      }
    }
  }

  private static func finish(_ groups: [OffsetFetchResponse.Group], _ call: Call) {
    call.answerFromAnywhere(
      OffsetFetchResponse { response in
        response.groups = groups
        guard call.version < firstVersionWithGroups else { return }
        response.errorCode = groups[0].errorCode
        response.topics = groups[0].topics.map(old)
      })
  }

  private static func old(_ topic: OffsetFetchResponse.GroupTopic) -> OffsetFetchResponse.Topic {
    OffsetFetchResponse.Topic { answer in
      answer.name = topic.name
      answer.partitions = topic.partitions.map { partition in
        OffsetFetchResponse.Partition {
          $0.partitionIndex = partition.partitionIndex
          $0.committedOffset = partition.committedOffset
          $0.committedLeaderEpoch = partition.committedLeaderEpoch
          $0.metadata = partition.metadata
          $0.errorCode = partition.errorCode
        }
      }
    }
  }
}
