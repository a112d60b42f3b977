import Platform

extension ByteBlock {
  /// One block with the bytes of all; copies, unless there is just one.
  package static func joining(_ parts: [ByteBlock]) -> ByteBlock {
    if parts.count == 1 { return parts[0] }
    let count = parts.reduce(0) { $0 + $1.count }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 16)
    var at = 0
    for part in parts {
      if let base = part.bytes.baseAddress {
        (memory + at).copyMemory(from: base, byteCount: part.count)
      }
      at += part.count
    }
    return ByteBlock(adopting: memory, count: count)
  }

  /// `count` bytes that `fill` writes.
  package static func filled<E: Error>(
    count: Int, by fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
  ) throws(E) -> ByteBlock {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 16)
    do throws(E) {
      let got = try fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
      return ByteBlock(adopting: memory, count: got)
    } catch {
      memory.deallocate()
      throw error
    }
  }
}
