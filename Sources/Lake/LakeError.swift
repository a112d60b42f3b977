import ObjectStore
import Platform

/// What can go wrong with a table of the lake.
package enum LakeError: Error, Sendable, CustomStringConvertible {
  /// `file` (an object's key or location) does not hold what its format says.
  case corrupt(file: String, reason: String)
  /// `file` is well formed, but uses something that Varve does not read or write.
  case unsupported(file: String, reason: String)
  /// The object store refused or failed.
  case store(ObjectStoreError)
  /// A local file (an intent, scratch space) could not be read or written.
  case storage(StorageError)
  /// The table belongs to another topic or another cluster, or its name to another topic.
  case mismatch(table: String, reason: String)
  /// A writer with a higher epoch has taken the table over: stop accepting records for it.
  case fenced(table: String, epoch: Int64, ours: Int64)
  /// Somebody set the table back to before the settled snapshot: rows that count as settled are not
  /// in it any more. An operator must decide.
  case rolledBack(table: String, settledSnapshot: Int64, currentSnapshot: Int64?)
  /// The object store does not keep a promise that the commit protocol rests on.
  case storeSemantics(String)
  /// Records or their columns cannot be written as asked; nothing was written.
  case invalid(String)

  package var description: String {
    switch self {
    case .corrupt(let file, let reason): "\(file) is damaged: \(reason)"
    case .unsupported(let file, let reason): "\(file) cannot be used: \(reason)"
    case .store(let error): "object store: \(error)"
    case .storage(let error): error.description
    case .mismatch(let table, let reason): "table \(table) is not ours: \(reason)"
    case .fenced(let table, let epoch, let ours):
      "table \(table) is written by epoch \(epoch), ours is \(ours)"
    case .rolledBack(let table, let settled, let current):
      "table \(table) was set back: snapshot \(settled) holds settled rows, but is not an ancestor "
        + "of the current snapshot \(current.map(String.init) ?? "(none)")"
    case .storeSemantics(let what): "the object store cannot hold a lake: \(what)"
    case .invalid(let what): what
    }
  }
}
