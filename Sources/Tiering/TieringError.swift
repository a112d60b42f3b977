import Lake
import Platform
import Records

/// Why something could not be settled, or not be read back.
package enum TieringError: Error, Sendable, CustomStringConvertible {
  case lake(LakeError)
  case storage(StorageError)
  /// A batch that was let in cannot be decoded; what comes before it settles, then it is put aside.
  case undecodable(partition: PartitionID, offset: Offset, BatchError)
  /// The files of a partition's log are damaged; settling of its partition stops before that.
  case unreadable(partition: PartitionID, StorageError)
  /// The local log does not hold what was to be settled.
  case missing(partition: PartitionID, offset: Offset)
  /// The store has not said yet what the topic's table holds, as just after a start.
  case notKnown

  /// The partition that alone is to blame; nil when it is not one's fault.
  var partition: PartitionID? {
    switch self {
    case .undecodable(let partition, _, _), .unreadable(let partition, _),
      .missing(let partition, _):
      partition
    case .lake, .storage, .notKnown: nil
    }
  }

  package var description: String {
    switch self {
    case .lake(let error): error.description
    case .storage(let error): error.description
    case .undecodable(let partition, let offset, let error):
      "partition \(partition) cannot be decoded at offset \(offset): \(error)"
    case .unreadable(let partition, let error):
      "partition \(partition) cannot be read from the local log: \(error)"
    case .missing(let partition, let offset):
      "partition \(partition) has no local record at offset \(offset), and it has not settled "
        + "(is lake.url the lake that this topic settled into?)"
    case .notKnown: "it is not known yet what the lake holds"
    }
  }
}
