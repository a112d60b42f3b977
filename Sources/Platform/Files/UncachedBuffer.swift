/// Memory from which a disk can take bytes without the page cache (open(2), O_DIRECT).
final class UncachedBuffer {
  /// Blocks of all usual disks and file systems divide it.
  static let alignment = 4096
  private static let byteCount = 1 << 20

  let bytes: UnsafeMutableRawBufferPointer

  init() {
    bytes = .allocate(byteCount: Self.byteCount, alignment: Self.alignment)
  }

  deinit { bytes.deallocate() }
}

/// Walks over bytes that lie in several places.
struct PartsCursor {
  private var parts: ArraySlice<UnsafeRawBufferPointer>
  /// Bytes that are left.
  private(set) var byteCount: Int

  init(_ parts: [UnsafeRawBufferPointer]) {
    self.parts = parts[...]
    byteCount = parts.reduce(0) { $0 + $1.count }
  }

  /// What is left, where it lies.
  var remaining: [UnsafeRawBufferPointer] { Array(parts) }

  /// Copies as many whole blocks as are left and fit, and gives their bytes.
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let wanted = min(byteCount, buffer.count) / UncachedBuffer.alignment * UncachedBuffer.alignment
    var taken = 0
    while taken < wanted, let part = parts.first {
      let count = min(part.count, wanted - taken)
      UnsafeMutableRawBufferPointer(rebasing: buffer[taken...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part[..<count]))
      taken += count
      parts.removeFirst()
      if count < part.count { parts.insert(.init(rebasing: part[count...]), at: parts.startIndex) }
    }
    byteCount -= taken
    return taken
  }
}
