import Glibc
import Platform

/// What one connection has still to send, in order.
struct OutputQueue {
  /// Copied replies share blocks of this size.
  static let stagedByteCount = 16 << 10

  private enum Source {
    case block(ByteBlock)
    /// Copied small replies, one behind the other.
    case staged(PooledBuffer)
    case file(any File)
    case sent
  }

  private struct Element {
    let source: Source
    var position: Int64
    var remaining: Int
  }

  /// What is first in line.
  enum Next {
    case nothing
    case bytes
    case file(any File, position: Int64, count: Int)
  }

  private var elements: ContiguousArray<Element> = []
  private var head = 0
  /// Bytes not yet sent, those of files included.
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  mutating func append(_ part: OutputPart) {
    guard part.count > 0 else { return }
    byteCount += part.count
    switch part {
    case .bytes(let block):
      elements.append(Element(source: .block(block), position: 0, remaining: block.count))
    case .file(let file, let position, let count):
      elements.append(Element(source: .file(file), position: position, remaining: count))
    }
  }

  /// Copies `bytes` behind what is there.
  mutating func append(copying bytes: UnsafeRawBufferPointer, pool: BufferPool) {
    var rest = bytes
    byteCount += bytes.count
    while !rest.isEmpty {
      let index = elements.count - 1
      if index >= head, case .staged(let buffer) = elements[index].source {
        let end = Int(elements[index].position) + elements[index].remaining
        let count = min(buffer.capacity - end, rest.count)
        if count > 0 {
          (buffer.base + end).copyMemory(from: rest.baseAddress!, byteCount: count)
          elements[index].remaining += count
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
          continue
        }
      }
      let buffer = pool.take(atLeast: Self.stagedByteCount)
      elements.append(Element(source: .staged(buffer), position: 0, remaining: 0))
    }
  }

  /// Puts the bytes that were read from the first file part in its place.
  mutating func replaceFileStart(by block: ByteBlock) {
    elements[head].position += Int64(block.count)
    elements[head].remaining -= block.count
    let element = Element(source: .block(block), position: 0, remaining: block.count)
    if elements[head].remaining == 0 {
      elements[head] = element
    } else {
      elements.insert(element, at: head)
    }
  }

  var next: Next {
    guard head < elements.count else { return .nothing }
    let element = elements[head]
    guard case .file(let file) = element.source else { return .bytes }
    return .file(file, position: element.position, count: element.remaining)
  }

  /// Points `parts` at the byte parts in front; says how many, their bytes, and whether more
  /// follows.
  func gather(
    into parts: UnsafeMutableBufferPointer<iovec>
  ) -> (count: Int, byteCount: Int, moreFollows: Bool) {
    var count = 0
    var bytes = 0
    var index = head
    while index < elements.count && count < parts.count {
      let element = elements[index]
      let base: UnsafeMutableRawPointer
      switch element.source {
      case .block(let block): base = UnsafeMutableRawPointer(mutating: block.bytes.baseAddress!)
      case .staged(let buffer): base = buffer.base
      case .file: return (count, bytes, true)
      case .sent: preconditionFailure("what was sent lies before the head")
      }
      parts[count] = iovec(iov_base: base + Int(element.position), iov_len: element.remaining)
      bytes += element.remaining
      count += 1
      index += 1
    }
    return (count, bytes, index < elements.count)
  }

  /// Takes `sent` bytes off the front.
  mutating func consume(_ sent: Int, pool: BufferPool) {
    byteCount -= sent
    var left = sent
    while left > 0 || (head < elements.count && elements[head].remaining == 0) {
      if left < elements[head].remaining {
        elements[head].position += Int64(left)
        elements[head].remaining -= left
        break
      }
      left -= elements[head].remaining
      dropFirst(pool: pool)
    }
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 256 && head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
  }

  /// Forgets everything and gives buffers back.
  mutating func removeAll(pool: BufferPool) {
    while head < elements.count { dropFirst(pool: pool) }
    elements = []
    head = 0
    byteCount = 0
  }

  /// Gives spare memory back.
  mutating func trim() { if isEmpty { elements = [] } }

  private mutating func dropFirst(pool: BufferPool) {
    if case .staged(let buffer) = elements[head].source { pool.giveBack(buffer) }
    // The slot lets go of its block or file now, not when the array is compacted.
    elements[head] = Element(source: .sent, position: 0, remaining: 0)
    head += 1
  }
}
