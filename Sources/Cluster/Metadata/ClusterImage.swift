import Records

/// Everything the metadata log says, as of one offset: topics, partitions, configs, producer ids,
/// client quotas.
///
/// A value: readers keep a copy as long as they like. It changes only by replaying records, so
/// recovery after a crash is the normal path.
package struct ClusterImage: Sendable {
  package struct Topic: Sendable, Equatable {
    package let name: String
    package let id: TopicID
    /// Leader epochs by partition number.
    package fileprivate(set) var leaderEpochs: [LeaderEpoch] = []
    /// The topic's own settings.
    package fileprivate(set) var configs: [String: String] = [:]

    package var isInternal: Bool { isInternalTopic(name) }
    package var partitionCount: Int { leaderEpochs.count }
  }

  package private(set) var topics: [TopicID: Topic] = [:]
  package private(set) var idsByName: [String: TopicID] = [:]
  /// The configs of what is no topic; an entry is never empty.
  package private(set) var configs: [ConfigResource: [String: String]] = [:]
  /// The first producer id that nobody has been given.
  package private(set) var nextProducerID: Int64 = 0

  /// Client quotas by entity and key (`QuotaKey`).
  package private(set) var quotas: [QuotaEntity: [String: Double]] = [:]

  package init() {}

  package func topic(named name: String) -> Topic? { idsByName[name].flatMap { topics[$0] } }

  /// The configs in force for a broker: what was set at run time over what it was started with.
  package func values(over started: ConfigSet, broker: Int32) -> ConfigSet {
    started.under(
      broker: configs[ConfigResource(.broker, "\(broker)")] ?? [:],
      allBrokers: configs[ConfigResource(.broker, "")] ?? [:])
  }

  package mutating func replay(_ record: MetadataRecord) {
    switch record {
    case .topic(let name, let id):
      topics[id] = Topic(name: name, id: id)
      idsByName[name] = id
    case .partition(let id, let partition, _, let epoch):
      guard let count = topics[id]?.leaderEpochs.count, Int(partition.rawValue) == count else {
        return
      }
      topics[id]?.leaderEpochs.append(epoch)
    case .leaderChange(let id, let partition, _):
      let index = Int(partition.rawValue)
      guard let count = topics[id]?.leaderEpochs.count, index >= 0, index < count else { return }
      topics[id]?.leaderEpochs[index].rawValue += 1
    case .removeTopic(let id):
      if let topic = topics.removeValue(forKey: id), idsByName[topic.name] == id {
        idsByName[topic.name] = nil
      }
    case .topicConfig(let name, let key, let value):
      if let id = idsByName[name] { topics[id]?.configs[key] = value }
    case .config(let resource, let key, let value):
      configs[resource, default: [:]][key] = value
      if configs[resource]?.isEmpty == true { configs[resource] = nil }
    case .producerIDs(_, let next):
      nextProducerID = max(nextProducerID, next)
    case .quota(let entity, let key, let value):
      quotas[entity, default: [:]][key] = value
      if quotas[entity]?.isEmpty == true { quotas[entity] = nil }
    }
  }

  /// The records that make this image from nothing: the content of a snapshot.
  package func records(leader: Int32) -> [MetadataRecord] {
    var records: [MetadataRecord] = []
    for topic in topics.values.sorted(by: { $0.name < $1.name }) {
      records.append(.topic(name: topic.name, id: topic.id))
      for (index, epoch) in topic.leaderEpochs.enumerated() {
        let partition = PartitionID(Int32(index))
        records.append(
          .partition(topic: topic.id, partition: partition, leader: leader, epoch: epoch))
      }
      for (name, value) in topic.configs.sorted(by: { $0.key < $1.key }) {
        records.append(.topicConfig(topic: topic.name, name: name, value: value))
      }
    }
    let resources = configs.keys.sorted {
      ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name)
    }
    for resource in resources {
      for (name, value) in (configs[resource] ?? [:]).sorted(by: { $0.key < $1.key }) {
        records.append(.config(resource, name: name, value: value))
      }
    }
    for (entity, values) in quotas.sorted(by: { $0.key.description < $1.key.description }) {
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        records.append(.quota(entity: entity, key: key, value: value))
      }
    }
    if nextProducerID > 0 { records.append(.producerIDs(broker: leader, next: nextProducerID)) }
    return records
  }
}

/// Topics that the broker keeps for itself.
package func isInternalTopic(_ name: String) -> Bool {
  name == "__consumer_offsets" || name == "__transaction_state" || name == "__share_group_state"
}
