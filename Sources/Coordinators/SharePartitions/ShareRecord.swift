import KafkaProtocol
import Platform
import Records

/// A record of `__share_group_state`, in Kafka's own format.
package struct ShareRecord: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case snapshot(ShareSnapshotValue)
    case update(ShareUpdateValue)
    /// The group has forgotten the partition.
    case deletion
  }

  package let key: SharePartitionKey
  package let content: Content

  package init(key: SharePartitionKey, content: Content) {
    self.key = key
    self.content = content
  }

  /// The record's key and value.
  ///
  /// - Throws: `WireError` for a group id above 32,767 bytes.
  package func encoded() throws(WireError) -> (key: [UInt8], value: [UInt8]?) {
    let wire = ShareStateKey {
      $0.group = key.group
      $0.topicID = key.topicID
      $0.partition = key.partition
    }
    switch content {
    case .snapshot(let value):
      return (
        try wire.embedded(version: ShareStateKey.snapshot), try value.embedded(version: 0)
      )
    case .update(let value):
      return (try wire.embedded(version: ShareStateKey.update), try value.embedded(version: 0))
    case .deletion: return (try wire.embedded(version: ShareStateKey.snapshot), nil)
    }
  }

  /// Reads a record; nil for a kind that is not known here.
  package init?(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws(WireError) {
    var reader = ByteReader(key)
    guard let kind = reader.read(Int16.self) else { throw WireError(.truncated, at: 0) }
    guard ShareStateKey.versions.contains(kind) else { return nil }
    let wire = try ShareStateKey(embedded: Array(key))
    self.key = SharePartitionKey(
      group: wire.group, topicID: wire.topicID, partition: wire.partition)
    switch (kind, value) {
    case (ShareStateKey.snapshot, nil): content = .deletion
    case (ShareStateKey.snapshot, let value?):
      content = .snapshot(try ShareSnapshotValue(embedded: Array(value)))
    case (_, let value?): content = .update(try ShareUpdateValue(embedded: Array(value)))
    case (_, nil): return nil
    }
  }
}
