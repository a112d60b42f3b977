import KafkaProtocol
import Platform
import Records

/// The state of a transactional id as a record of `__transaction_state`, in Kafka's own format:
/// each holds everything, so the last one counts. No metadata is a tombstone.
package struct TransactionRecord: Equatable, Sendable {
  package var transactionalID: String
  package var metadata: TransactionMetadata?

  package init(transactionalID: String, metadata: TransactionMetadata?) {
    self.transactionalID = transactionalID
    self.metadata = metadata
  }

  /// The record's key and value.
  ///
  /// - Throws: `WireError` for a string above 32,767 bytes.
  package func encoded() throws(WireError) -> (key: [UInt8], value: [UInt8]?) {
    let key = TransactionLogKey { $0.transactionalID = transactionalID }
    let value = metadata.map { TransactionLogValue($0) }
    return (
      try key.embedded(version: 0),
      try value?.embedded(version: TransactionLogValue.writtenVersion)
    )
  }

  /// Reads a record; nil for a kind that is not known here.
  package init?(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws(WireError) {
    var reader = ByteReader(key)
    guard let kind = reader.read(Int16.self) else { throw WireError(.truncated, at: 0) }
    guard kind == 0 else { return nil }
    transactionalID = try TransactionLogKey(embedded: Array(key)).transactionalID
    guard let value else { return }
    metadata = try TransactionLogValue(embedded: Array(value)).metadata()
  }
}
