import Glibc
import Platform

extension Connection {
  private static let partsPerSend = 64
  /// How much of a file without a descriptor is read at a time.
  private static let readByteCount = 256 << 10

  /// Sends what is fulfilled, within the bounds of one wake-up; once an iteration.
  func flush() {
    var allowance = loop.configuration.sendBytesPerWakeup
    while !isClosed && !isBlocked {
      guard allowance > 0 else {
        // The others come first; EPOLLOUT calls again at once when the socket has room.
        isBlocked = !output.isEmpty
        return
      }
      switch output.next {
      case .nothing: return
      case .bytes: allowance -= sendBytes()
      case .file(let file, let position, let count):
        let most = min(count, allowance)
        if file.descriptor >= 0 {
          allowance -= sendFile(file, position: position, count: most)
        } else {
          readFile(file, position: position, count: min(most, Self.readByteCount))
        }
      }
    }
  }

  private func sendBytes() -> Int {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: Self.partsPerSend) { parts in
      let (count, byteCount, moreFollows) = output.gather(into: parts)
      let used = UnsafeMutableBufferPointer(rebasing: parts[..<count])
      return finish(socket.send(used, more: moreFollows), wanted: byteCount, file: nil)
    }
  }

  private func sendFile(_ file: any File, position: Int64, count: Int) -> Int {
    finish(
      socket.sendFile(file.descriptor, position: position, count: count), wanted: count, file: file)
  }

  private func finish(_ outcome: Socket.Outcome, wanted: Int, file: (any File)?) -> Int {
    switch outcome {
    case .moved(let count):
      // The socket is full; or a file ends early, and then the next call sends nothing and tells.
      if count < wanted { isBlocked = true }
      lastProgress = loop.now
      loop.bytesOut += count
      output.consume(count, pool: loop.pool)
      return count
    case .wouldBlock: isBlocked = true
    case .end: close(.fileTooShort(path: file?.path ?? ""))
    case .failed(let errno): close(.socketFailed(errno: errno))
    }
    return 0
  }

  /// A simulated file has no descriptor to send from.
  private func readFile(_ file: any File, position: Int64, count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
    let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: count)
    do throws(StorageError) {
      let got = try file.read(into: buffer, at: position)
      let block = ByteBlock(adopting: bytes, count: got)
      guard got == count else { return close(.fileTooShort(path: file.path)) }
      output.replaceFileStart(by: block)
    } catch {
      bytes.deallocate()
      close(.fileUnreadable(path: file.path, errno: error.errnoValue))
    }
  }
}
