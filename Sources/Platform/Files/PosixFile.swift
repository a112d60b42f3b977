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
    var vectors: [iovec] = []
    vectors.reserveCapacity(parts.count)
    for part in parts where part.count > 0 {
      vectors.append(
        iovec(iov_base: UnsafeMutableRawPointer(mutating: part.baseAddress), iov_len: part.count))
    }
    var first = 0
    var at = position
    while first < vectors.count {
      let batch = min(vectors.count - first, 1024)  // IOV_MAX
      let wrote = vectors.withUnsafeBufferPointer {
        varve_pwritev(descriptor, $0.baseAddress! + first, Int32(batch), at)
      }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw failure("pwritev", path)
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

  func tryLock() throws(StorageError) -> Bool {
    if varve_lock_file(descriptor) == 0 { return true }
    if errno == EWOULDBLOCK { return false }
    throw failure("flock", path)
  }
}
