import CLinux

extension File {
  /// Whether the whole range is in the page cache (cachestat, 0.5 µs), so that sending it does not
  /// wait for the disk; nil when the system cannot tell.
  package func isResident(at position: Int64, count: Int) -> Bool? {
    guard descriptor >= 0 else { return nil }
    let answer = varve_is_resident(descriptor, position, Int64(count))
    return answer < 0 ? nil : answer == 1
  }
}
