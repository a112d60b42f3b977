import Lake
import Platform
import Records

/// Decoded records of one partition as record batches that cover an offset range without a gap.
struct ColdRun: Sendable {
  struct BatchStart: Sendable {
    let offset: Offset
    let position: Int
  }

  let offsets: Range<Offset>
  let block: ByteBlock
  /// By offset.
  let starts: [BatchStart]
  /// Compressed bytes that were asked for; the next run of the same reader asks for more.
  let window: Int

  /// The batches from the one that holds `offset` on: at least one, then as many as fit.
  func batches(from offset: Offset, maxBytes: Int) -> ByteBlock {
    guard let first = starts.lastIndex(where: { $0.offset <= offset }) else { return block }
    let begin = starts[first].position
    var end = first + 1 < starts.count ? starts[first + 1].position : block.count
    var index = first + 1
    while index < starts.count {
      let stop = index + 1 < starts.count ? starts[index + 1].position : block.count
      guard stop - begin <= maxBytes else { break }
      end = stop
      index += 1
    }
    if begin == 0, end == block.count { return block }
    return ByteBlock(copying: UnsafeRawBufferPointer(rebasing: block.bytes[begin..<end]))
  }
}
