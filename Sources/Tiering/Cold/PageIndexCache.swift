import Lake
import ObjectStore
import Platform
import Synchronization

/// Keeps the page indexes of the data files that were read last: in memory, below that on disk, and
/// else one or two requests to get, of 35 to 140 KB for a large file.
final class PageIndexCache: Sendable {
  private struct State {
    var indexes: [String: (index: PageIndex, used: Int64)] = [:]
    var clock: Int64 = 0
  }

  private let limit: Int
  private let files: PageIndexFiles
  private let pool: BlockingPool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - limit: how many files' indexes are kept in memory.
  ///   - pool: waits for the disk.
  init(limit: Int, files: PageIndexFiles, pool: BlockingPool) {
    self.limit = limit
    self.files = files
    self.pool = pool
  }

  /// The index of a file, read from the store when it is not at hand.
  func index(of file: ColdFile, in store: any ObjectStore) async throws(LakeError) -> PageIndex {
    if let known = known(file.path) { return known }
    // A full queue is no reason not to answer: the store is asked then.
    if let known = await pool.run({ [files] in files.load(file) }) ?? nil {
      keep(known, of: file.path)
      return known
    }
    let index = try await read(file, from: store)
    keep(index, of: file.path)
    _ = await pool.run { [files] in files.keep(index, of: file) }
    return index
  }

  private func read(
    _ file: ColdFile, from store: any ObjectStore
  ) async throws(LakeError) -> PageIndex {
    guard let key = store.key(of: file.path) else {
      throw .unsupported(file: file.path, reason: "it lies outside the lake's store")
    }
    var byteCount = min(file.byteCount, Int64(PageIndex.suggestedTailByteCount))
    for _ in 0..<3 {
      let tail: ByteBlock
      do throws(ObjectStoreError) {
        tail = try await store.get(key, file.byteCount - byteCount..<file.byteCount).body
      } catch { throw .store(error) }
      let reading = try PageIndex.read(
        tail: tail.bytes, fileByteCount: file.byteCount, file: file.path)
      withExtendedLifetime(tail) {}
      switch reading {
      case .complete(let index): return index
      case .needsTail(let needed): byteCount = Int64(needed)
      }
    }
    throw .corrupt(file: file.path, reason: "its footer is never complete")
  }

  private func known(_ path: String) -> PageIndex? {
    state.withLock { state in
      guard let found = state.indexes[path] else { return nil }
      state.clock += 1
      state.indexes[path]?.used = state.clock
      return found.index
    }
  }

  private func keep(_ index: PageIndex, of path: String) {
    state.withLock { state in
      state.clock += 1
      state.indexes[path] = (index, state.clock)
      guard state.indexes.count > limit else { return }
      if let oldest = state.indexes.min(by: { $0.value.used < $1.value.used })?.key {
        state.indexes[oldest] = nil
      }
    }
  }
}
