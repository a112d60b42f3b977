import Platform

extension [OutputPart] {
  /// All bytes, in order; every part must be in memory.
  var flat: [UInt8] {
    flatMap { part in
      guard case .bytes(let block) = part else { preconditionFailure("a part is a file") }
      return block.array
    }
  }
}

/// Runs `body` with a copy of `bytes` that ends where its heap block ends.
@discardableResult
func withBuffer<Result>(
  _ bytes: some Collection<UInt8>,
  _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
  defer { buffer.deallocate() }
  buffer.copyBytes(from: bytes)
  return try body(buffer)
}
