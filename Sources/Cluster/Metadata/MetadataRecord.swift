import Platform
import Records

/// One change of the cluster's metadata, in the form of Kafka's own metadata records (KIP-631), so
/// that Kafka's dump tools read the log and several brokers can share it later.
///
/// A record's value is: unsigned varint frame version (1), unsigned varint record type, unsigned
/// varint record version (0), then the flexible-version fields. Types used here: 2 TopicRecord,
/// 3 PartitionRecord, 4 ConfigRecord, 5 PartitionChangeRecord, 9 RemoveTopicRecord,
/// 14 ClientQuotaRecord, 15 ProducerIdsRecord.
package enum MetadataRecord: Equatable, Sendable {
  case topic(name: String, id: TopicID)
  /// A new partition, led by `leader`.
  case partition(topic: TopicID, partition: PartitionID, leader: Int32, epoch: LeaderEpoch)
  /// `leader` leads again: the leader epoch goes up by one.
  case leaderChange(topic: TopicID, partition: PartitionID, leader: Int32)
  case removeTopic(TopicID)
  /// A topic's config; nil removes it.
  case topicConfig(topic: String, name: String, value: String?)
  /// A config of what is no topic; nil removes it.
  case config(ConfigResource, name: String, value: String?)
  /// All producer ids below `next` have been handed to some broker.
  case producerIDs(broker: Int32, next: Int64)
  /// A client quota; nil removes it.
  case quota(entity: QuotaEntity, key: String, value: Double?)

  /// PartitionChangeRecord's tagged field with the new leader.
  private static let leaderTag: UInt64 = 1

  package func encode(into writer: inout ByteWriter) {
    writer.write(unsignedVarint: 1)
    writer.write(unsignedVarint: type)
    writer.write(unsignedVarint: 0)
    switch self {
    case .topic(let name, let id):
      writer.write(compact: name)
      writer.write(id)
    case .partition(let topic, let partition, let leader, let epoch):
      writer.write(partition.rawValue)
      writer.write(topic)
      for replicas in [[leader], [leader], [], []] {
        writer.write(unsignedVarint: UInt64(replicas.count + 1))
        for replica in replicas { writer.write(replica) }
      }
      writer.write(leader)
      writer.write(epoch.rawValue)
      writer.write(Int32(0))  // partition epoch
    case .leaderChange(let topic, let partition, let leader):
      writer.write(partition.rawValue)
      writer.write(topic)
      writer.write(unsignedVarint: 1)
      writer.write(unsignedVarint: Self.leaderTag)
      writer.write(unsignedVarint: 4)
      writer.write(leader)
      return
    case .removeTopic(let id): writer.write(id)
    case .topicConfig(let resource, let name, let value):
      writer.write(ConfigResource.Kind.topic.rawValue)
      writer.write(compact: resource)
      writer.write(compact: name)
      writer.write(compact: value)
    case .config(let resource, let name, let value):
      writer.write(resource.kind.rawValue)
      writer.write(compact: resource.name)
      writer.write(compact: name)
      writer.write(compact: value)
    case .producerIDs(let broker, let next):
      writer.write(broker)
      writer.write(Int64(0))  // broker epoch
      writer.write(next)
    case .quota(let entity, let key, let value):
      MetadataRecord.write(entity, key, value, to: &writer)
    }
    writer.write(unsignedVarint: 0)  // no tagged fields
  }

  private var type: UInt64 {
    switch self {
    case .topic: 2
    case .partition: 3
    case .topicConfig, .config: 4
    case .leaderChange: 5
    case .removeTopic: 9
    case .quota: 14
    case .producerIDs: 15
    }
  }

  /// Reads a record's value; nil when it is none of the types above or is cut short.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes)
    guard reader.readUnsignedVarint() == 1, let type = reader.readUnsignedVarint(),
      reader.readUnsignedVarint() == 0
    else { return nil }
    switch type {
    case 2:
      guard let name = reader.readCompactString(), let id = reader.readTopicID() else { return nil }
      self = .topic(name: name, id: id)
    case 3:
      guard let partition = reader.read(Int32.self), let topic = reader.readTopicID() else {
        return nil
      }
      for _ in 0..<4 {
        guard let count = reader.readUnsignedVarint(), count >= 1, count < 1 << 20,
          reader.read(count: Int(count - 1) * 4) != nil
        else { return nil }
      }
      guard let leader = reader.read(Int32.self), let epoch = reader.read(Int32.self),
        reader.read(Int32.self) != nil  // partition epoch
      else { return nil }
      self = .partition(
        topic: topic, partition: PartitionID(partition), leader: leader, epoch: LeaderEpoch(epoch))
    case 4:
      guard let kind = reader.read(Int8.self), let resource = reader.readCompactString(),
        let name = reader.readCompactString(), let length = reader.readUnsignedVarint()
      else { return nil }
      var value: String?
      if length > 0 {
        guard let text = reader.readString(count: length - 1) else { return nil }
        value = text
      }
      switch ConfigResource.Kind(rawValue: kind) {
      case .topic: self = .topicConfig(topic: resource, name: name, value: value)
      case .some(let kind) where kind != .brokerLogger:
        self = .config(ConfigResource(kind, resource), name: name, value: value)
      default: return nil
      }
    case 5:
      guard let partition = reader.read(Int32.self), let topic = reader.readTopicID(),
        reader.readUnsignedVarint() == 1, reader.readUnsignedVarint() == Self.leaderTag,
        reader.readUnsignedVarint() == 4, let leader = reader.read(Int32.self)
      else { return nil }
      self = .leaderChange(topic: topic, partition: PartitionID(partition), leader: leader)
    case 9:
      guard let id = reader.readTopicID() else { return nil }
      self = .removeTopic(id)
    case 14:
      guard let record = Self.readQuota(&reader) else { return nil }
      self = record
    case 15:
      guard let broker = reader.read(Int32.self), reader.read(Int64.self) != nil,
        let next = reader.read(Int64.self)
      else { return nil }
      self = .producerIDs(broker: broker, next: next)
    default: return nil
    }
  }
}

extension ByteWriter {
  mutating func write(compact text: String?) {
    guard let text else { return write(unsignedVarint: 0) }
    write(unsignedVarint: UInt64(text.utf8.count) + 1)
    write(utf8: text)
  }

  fileprivate mutating func write(_ id: TopicID) {
    write(id.high)
    write(id.low)
  }
}

extension ByteReader {
  mutating func readCompactString() -> String? {
    guard let length = readUnsignedVarint(), length > 0 else { return nil }
    return readString(count: length - 1)
  }

  /// Text that may be null; nil when it is cut short.
  mutating func readNullableCompactString() -> String?? {
    guard let length = readUnsignedVarint() else { return nil }
    guard length > 0 else { return .some(nil) }
    guard let text = readString(count: length - 1) else { return nil }
    return .some(text)
  }

  fileprivate mutating func readString(count: UInt64) -> String? {
    guard count <= UInt64(remaining), let bytes = read(count: Int(count)) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  fileprivate mutating func readTopicID() -> TopicID? {
    guard let high = read(UInt64.self), let low = read(UInt64.self) else { return nil }
    return TopicID(high: high, low: low)
  }
}
