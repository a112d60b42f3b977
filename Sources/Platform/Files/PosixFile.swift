import CLinux
import Glibc
import Synchronization

/// A file on the real disk.
final class PosixFile: File {
  let path: String
  let descriptor: Int32
  private let isOpen = Atomic<Bool>(true)

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close() }

  func close() {
    if isOpen.exchange(false, ordering: .acquiringAndReleasing) { Glibc.close(descriptor) }
  }

  func size() throws(StorageError) -> Int64 {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw failure("fstat", path) }
    return Int64(status.st_size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError)
    -> Int
  {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(position) + off_t(done))
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw failure("pread", path)
      }
      done += got
    }
    return done
  }

  func write(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError) {
    let succeeded = withUnsafeTemporaryAllocation(of: iovec.self, capacity: parts.count) {
      vectors in
      var count = 0
      for part in parts where part.count > 0 {
        let base = UnsafeMutableRawPointer(mutating: part.baseAddress)
        vectors.initializeElement(at: count, to: iovec(iov_base: base, iov_len: part.count))
        count += 1
      }
      return writeAll(UnsafeMutableBufferPointer(rebasing: vectors[..<count]), at: position)
    }
    if !succeeded { throw failure("pwritev", path) }
  }

  /// Writes until nothing is left; false with errno set when the system refuses.
  private func writeAll(_ vectors: UnsafeMutableBufferPointer<iovec>, at position: Int64) -> Bool {
    var first = 0
    var at = position
    while first < vectors.count {
      let batch = min(vectors.count - first, 1024)  // IOV_MAX
      let wrote = varve_pwritev(descriptor, vectors.baseAddress! + first, Int32(batch), at)
      if wrote < 0 {
        if errno == EINTR { continue }
        return false
      }
      at += Int64(wrote)
      var left = wrote
      while left > 0 {
        let length = vectors[first].iov_len
        if left >= length {
          left -= length
          first += 1
        } else {
          vectors[first].iov_base += left
          vectors[first].iov_len -= left
          left = 0
        }
      }
    }
    return true
  }

  /// Whole blocks go to the disk itself; a rest at the end, and everything where the file system
  /// does not offer that, goes through the page cache.
  func writeUncached(_ parts: [UnsafeRawBufferPointer], at position: Int64) throws(StorageError) {
    var rest = PartsCursor(parts)
    let done =
      try position % Int64(UncachedBuffer.alignment) == 0 ? writeBlocks(&rest, position) : 0
    try write(rest.remaining, at: position + Int64(done))
  }

  /// Writes what makes whole blocks past the page cache, and gives how many bytes that were.
  private func writeBlocks(_ rest: inout PartsCursor, _ position: Int64) throws(StorageError) -> Int
  {
    guard rest.byteCount >= UncachedBuffer.alignment, varve_set_uncached(descriptor, 1) == 0 else {
      return 0
    }
    defer { _ = varve_set_uncached(descriptor, 0) }
    let buffer = UncachedBuffer()
    var done = 0
    while rest.byteCount >= UncachedBuffer.alignment {
      let before = rest
      let count = rest.take(into: buffer.bytes)
      let isWritten = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 1) { vectors in
        vectors[0] = iovec(iov_base: buffer.bytes.baseAddress, iov_len: count)
        return writeAll(vectors, at: position + Int64(done))
      }
      if !isWritten {
        // The flag is taken, but not the request: blocks of this disk are larger, for one.
        guard errno == EINVAL else { throw failure("pwritev", path) }
        rest = before
        return done
      }
      done += count
    }
    return done
  }

  func truncate(to size: Int64) throws(StorageError) {
    if ftruncate(descriptor, off_t(size)) != 0 { throw failure("ftruncate", path) }
  }

  func sync() throws(StorageError) {
    if varve_fdatasync(descriptor) != 0 { throw failure("fdatasync", path) }
  }

  func startWriteback(at position: Int64, count: Int64) {
    _ = varve_sync_file_range(descriptor, position, count)
  }

  func isResident(at position: Int64, count: Int64) -> Bool {
    varve_is_resident(descriptor, position, count) != 0
  }

  func tryLock() throws(StorageError) -> Bool {
    if varve_lock_file(descriptor) == 0 { return true }
    if errno == EWOULDBLOCK { return false }
    throw failure("flock", path)
  }
}
