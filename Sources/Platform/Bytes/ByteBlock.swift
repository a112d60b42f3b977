/// An immutable run of bytes on the heap, shared by reference and freed with its last owner.
///
/// It is what a `ByteWriter` becomes when it is finished. Reading needs no lock: the bytes never
/// change after `init`.
package final class ByteBlock: Sendable {
  private nonisolated(unsafe) let pointer: UnsafeMutableRawPointer
  package let count: Int
  /// Whose memory it is, if not its own.
  private let owner: (any AnyObject & Sendable)?

  /// Takes over memory that came from `UnsafeMutableRawPointer.allocate` or `malloc`.
  package init(adopting pointer: UnsafeMutableRawPointer, count: Int) {
    self.pointer = pointer
    self.count = count
    owner = nil
  }

  /// Bytes of memory that stays as it is for as long as `owner` lives.
  package init(
    lending pointer: UnsafeMutableRawPointer, count: Int, of owner: any AnyObject & Sendable
  ) {
    self.pointer = pointer
    self.count = count
    self.owner = owner
  }

  /// Shares a part of another block, all of which stays in memory for as long.
  package init(_ range: Range<Int>, of block: ByteBlock) {
    precondition(range.lowerBound >= 0 && range.upperBound <= block.count)
    pointer = block.pointer + range.lowerBound
    count = range.count
    owner = block.owner ?? block
  }

  /// Copies `bytes`.
  package convenience init(copying bytes: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    if let base = bytes.baseAddress { copy.copyMemory(from: base, byteCount: bytes.count) }
    self.init(adopting: copy, count: bytes.count)
  }

  /// Copies `bytes`.
  package convenience init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    bytes.withUnsafeBytes {
      if let base = $0.baseAddress { copy.copyMemory(from: base, byteCount: $0.count) }
    }
    self.init(adopting: copy, count: bytes.count)
  }

  deinit { if owner == nil { pointer.deallocate() } }

  /// The bytes; valid only while this object is alive.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointer, count: count) }

  /// A copy of the bytes.
  package var array: [UInt8] { Array(bytes) }
}
