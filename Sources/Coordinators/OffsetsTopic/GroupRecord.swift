import KafkaProtocol
import Platform
import Records

/// One change of a group's durable state: a record of `__consumer_offsets`.
///
/// Keys and values have Kafka's own formats, so that Kafka's tools read the topic: both begin with
/// an int16 version, and the key's tells the kind: 0 and 1 committed offset, 2 classic group, 3 to
/// 8 and 16 consumer group (`ConsumerGroupRecord`), 10 to 14 share group (`ShareGroupRecord`);
/// others are passed over. No value is a tombstone.
package enum GroupRecord: Equatable, Sendable {
  case offset(group: String, topic: String, partition: PartitionID, CommittedOffset?)
  case metadata(group: String, GroupMetadataValue?)
  case consumer(group: String, ConsumerGroupRecord)
  case share(group: String, ShareGroupRecord)

  package var groupID: String {
    switch self {
    case .offset(let group, _, _, _), .metadata(let group, _), .consumer(let group, _),
      .share(let group, _):
      group
    }
  }

  /// The record's key and value.
  ///
  /// - Throws: `WireError` for a string above 32,767 bytes.
  package func encoded() throws(WireError) -> (key: [UInt8], value: [UInt8]?) {
    switch self {
    case .offset(let group, let topic, let partition, let committed):
      let key = OffsetCommitKey {
        $0.group = group
        $0.topic = topic
        $0.partition = partition
      }
      guard let committed else { return (try key.embedded(version: 1), nil) }
      let value = OffsetCommitValue(committed)
      return (try key.embedded(version: 1), try value.embedded(version: value.version))
    case .metadata(let group, let value):
      let key = GroupMetadataKey { $0.group = group }
      return (
        try key.embedded(version: 2),
        try value?.embedded(version: GroupMetadataValue.writtenVersion)
      )
    case .consumer(let group, let record): return try record.encoded(group: group)
    case .share(let group, let record): return try record.encoded(group: group)
    }
  }

  /// Reads a record; nil for a kind that is not known here.
  package init?(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws(WireError) {
    var reader = ByteReader(key)
    guard let kind = reader.read(Int16.self) else { throw WireError(.truncated, at: 0) }
    switch kind {
    case 0, 1:
      let key = try OffsetCommitKey(embedded: Array(key))
      var committed: CommittedOffset?
      if let value { committed = try OffsetCommitValue(embedded: Array(value)).committed }
      self = .offset(
        group: key.group, topic: key.topic, partition: key.partition, committed)
    case 2:
      let key = try GroupMetadataKey(embedded: Array(key))
      var metadata: GroupMetadataValue?
      if let value { metadata = try GroupMetadataValue(embedded: Array(value)) }
      self = .metadata(group: key.group, metadata)
    default:
      if let read = try ConsumerGroupRecord.read(kind: kind, key: key, value: value) {
        self = .consumer(group: read.group, read.1)
      } else if let read = try ShareGroupRecord.read(kind: kind, key: key, value: value) {
        self = .share(group: read.group, read.1)
      } else {
        return nil
      }
    }
  }
}

/// Reads the value of a record; nil for a tombstone.
func readValue<Value: EmbeddedMessage>(
  _ bytes: UnsafeRawBufferPointer?
) throws(WireError) -> Value? {
  guard let bytes else { return nil }
  return try Value(embedded: Array(bytes))
}
