import Records

/// Remembers where the last few hundred batches of the active segment begin, so that a consumer at
/// the tail is served without looking into any file.
struct TailIndex: Sendable {
  struct Boundary: Equatable, Sendable {
    let baseOffset: Offset
    let position: Int64
  }

  static let capacity = 256

  private var boundaries: [Boundary] = []
  /// The oldest boundary's place once the ring is full.
  private var oldest = 0

  mutating func append(_ boundary: Boundary) {
    if boundaries.count < TailIndex.capacity {
      boundaries.append(boundary)
    } else {
      boundaries[oldest] = boundary
      oldest = (oldest + 1) % TailIndex.capacity
    }
  }

  mutating func removeAll() {
    boundaries.removeAll(keepingCapacity: true)
    oldest = 0
  }

  /// Where the batch begins that holds `offset`, or, in a gap, the one before the gap; nil when it
  /// is older than what is remembered.
  func position(of offset: Offset) -> Int64? {
    last { $0.baseOffset <= offset }?.position
  }

  /// The last place at or below `position` where a batch begins.
  func boundary(atOrBelow position: Int64) -> Boundary? {
    last { $0.position <= position }
  }

  private func last(_ holds: (Boundary) -> Bool) -> Boundary? {
    var low = 0
    var high = boundaries.count
    while low < high {
      let middle = (low + high) / 2
      if holds(at(middle)) { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : at(low - 1)
  }

  private func at(_ index: Int) -> Boundary {
    boundaries[(oldest + index) % boundaries.count]
  }
}
