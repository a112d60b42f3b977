import Platform
import Synchronization

/// Shuts a log directory to writers after its disk failed once.
///
/// After a failed write or fdatasync nobody knows which bytes the disk holds, and trying again can
/// succeed without them (the kernel drops the dirty pages). So the first failure is kept, and every
/// later append or sync in the directory throws it. Shared by all logs of a directory.
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
}
