import Platform
import Synchronization

/// Shuts a log directory to writers after its disk failed once.
///
/// After a failed write or fdatasync nobody knows which bytes the disk holds, and trying again can
/// succeed without them (the kernel drops the dirty pages). So the first failure is kept, and every
/// later append or sync in the directory throws it. Shared by all logs of a directory.
///
/// A full disk is another thing: what it refuses was not written, and can be tried again.
package final class StorageFence: Sendable {
  private let isSet = Atomic<Bool>(false)
  private let first = Mutex<StorageError?>(nil)

  package init() {}

  /// What fenced the directory; nil while it is healthy.
  package var failure: StorageError? {
    isSet.load(ordering: .acquiring) ? first.withLock { $0 } : nil
  }

  /// Throws what fenced the directory.
  package func check() throws(StorageError) {
    if let failure { throw failure }
  }

  /// Fences the directory; the first reason stays.
  package func fence(_ error: StorageError) {
    first.withLock { if $0 == nil { $0 = error } }
    isSet.store(true, ordering: .releasing)
  }

  /// Runs `body`, fencing the directory when it throws.
  func guarding<T>(_ body: () throws(StorageError) -> T) throws(StorageError) -> T {
    do throws(StorageError) {
      return try body()
    } catch {
      fence(error)
      throw error
    }
  }

  /// The same, but for want of space: `body` must leave everything as it was then, and what it
  /// throws from a sync fences in any case.
  func guardingUnlessFull<T>(_ body: () throws(StorageError) -> T) throws(StorageError) -> T {
    do throws(StorageError) {
      return try body()
    } catch {
      if !error.isRefusedForSpace { fence(error) }
      throw error
    }
  }
}

extension StorageError {
  /// Whether the disk was too full to take something. A sync that finds no space is no such thing:
  /// it has lost what was written before. Nor is a file that cannot be cut.
  var isRefusedForSpace: Bool {
    guard cause == .noSpace, case .failed(let operation, _, _) = self else { return false }
    return operation != "fdatasync" && operation != "fsync" && operation != "ftruncate"
  }
}
