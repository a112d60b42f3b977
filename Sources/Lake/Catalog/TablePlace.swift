import ObjectStore
import Platform
import Records

/// The names of a table's objects, as keys of the store.
///
/// ```
/// <namespace>/<topic>-<topic id>/
///   data/<spread>/kafka_partition=<p>/<commit id>-<n>.parquet
///   quarantine/kafka_partition=<p>/<commit id>.batch      no rows: see `QuarantinedBatch`
///   metadata/<commit id>-<attempt>-m<n>.avro      manifests
///   metadata/<commit id>-<attempt>-list.avro      manifest lists
///   metadata/v<N>.metadata.json                   nothing else there begins with v + digit
///   metadata/version-hint.text
/// ```
package struct TablePlace: Equatable, Sendable {
  /// The table's own prefix, without a slash at its end.
  package let prefix: String

  package init(prefix: String) { self.prefix = prefix }

  package init(_ identity: TableIdentity) {
    // A long topic's name is cut: with the id, which tells topics apart, it would be longer than
    // the part of a key may be.
    let id = "-\(identity.topicID)"
    let name = identity.topic.utf8.prefix(ObjectKey.maximumPartByteCount - id.utf8.count)
    prefix = "\(identity.namespace)/\(String(decoding: name, as: UTF8.self))\(id)"
  }

  package var hintKey: String { "\(prefix)/metadata/version-hint.text" }

  /// What the keys of all metadata versions begin with.
  package var versionPrefix: String { "\(prefix)/metadata/v" }

  package func versionKey(_ version: Int64) -> String {
    "\(versionPrefix)\(version).metadata.json"
  }

  /// The version that a key is of; nil for other objects.
  package func version(ofKey key: String) -> Int64? {
    let suffix = ".metadata.json"
    guard key.hasPrefix(versionPrefix), key.hasSuffix(suffix) else { return nil }
    let digits = key.dropFirst(versionPrefix.count).dropLast(suffix.count)
    guard digits.first != "0", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int64(digits)
  }

  /// What the keys of all manifests and lists of a commit begin with.
  package func metadataPrefix(of commit: CommitID) -> String { "\(prefix)/metadata/\(commit)-" }

  package func manifestKey(_ commit: CommitID, attempt: Int, _ number: Int) -> String {
    "\(metadataPrefix(of: commit))\(attempt)-m\(number).avro"
  }

  package func listKey(_ commit: CommitID, attempt: Int) -> String {
    "\(metadataPrefix(of: commit))\(attempt)-list.avro"
  }

  /// The key of the batch that a commit puts aside.
  package func quarantineKey(_ partition: PartitionID, _ commit: CommitID) -> String {
    "\(prefix)/quarantine/kafka_partition=\(partition)/\(commit).batch"
  }

  /// A new data file's key. The first part after `data` spreads over S3's per-prefix limits; it
  /// follows from the commit id, which is random, so the same file always gets the same name.
  package func dataKey(_ partition: PartitionID, _ commit: CommitID, _ number: Int) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(commit)/\(partition)/\(number)".utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let spread = SeededRandom(seed: hash).next()
    return "\(prefix)/data/\(CommitID.hex(spread).prefix(6))/kafka_partition=\(partition)/"
      + "\(commit)-\(number).parquet"
  }
}
