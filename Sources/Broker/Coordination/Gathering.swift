import Synchronization

/// Parts of one answer that come from different loops, until all are there.
final class Gathering<Part: Sendable>: Sendable {
  private let finish: @Sendable ([Part]) -> Void
  private let parts: Mutex<[Part?]>

  /// Calls `finish` once, with the parts in their order, on the thread that brings the last one;
  /// at once if there are none.
  init(count: Int, finish: @escaping @Sendable ([Part]) -> Void) {
    self.finish = finish
    parts = Mutex(Array(repeating: nil, count: count))
    if count == 0 { finish([]) }
  }

  func put(_ part: Part, at index: Int) {
    let all = parts.withLock { parts -> [Part]? in
      parts[index] = part
      let all = parts.compactMap { $0 }
      return all.count == parts.count ? all : nil
    }
    if let all { finish(all) }
  }
}
