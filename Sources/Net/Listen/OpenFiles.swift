import Glibc

/// How many files and sockets this process may have open at once (RLIMIT_NOFILE).
///
/// Without a descriptor a log cannot begin its next segment, which takes its whole directory out of
/// service, and libdispatch ends the process. So clients never get the last ones.
package enum OpenFiles {
  /// The limit in force now; an operator may change it while the process runs.
  package static var limit: Int {
    var limits = rlimit()
    guard getrlimit(.init(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return .max }
    return Int(clamping: limits.rlim_cur)
  }

  /// What of it is kept for segments, the store's connections and the system's libraries.
  package static func reserve(of limit: Int) -> Int { min(1024, max(32, limit / 16)) }

  /// Raises the limit as far as this process may, as Java does for Kafka: services begin with
  /// 1,024.
  package static func raiseLimit() {
    var limits = rlimit()
    guard getrlimit(.init(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return }
    limits.rlim_cur = limits.rlim_max
    _ = setrlimit(.init(RLIMIT_NOFILE.rawValue), &limits)
  }

  /// How many more can be opened without touching the reserve; reads /proc.
  package static var room: Int {
    let limit = limit
    guard let directory = opendir("/proc/self/fd") else { return errno == EMFILE ? 0 : .max }
    defer { closedir(directory) }
    // Not ".", ".." and the directory itself.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return max(0, limit - reserve(of: limit) - count)
  }

  /// Whether a socket with this descriptor takes one of the last: the kernel gives the lowest that
  /// is free.
  static func isOneOfTheLast(_ descriptor: Int32) -> Bool {
    let limit = limit
    return Int(descriptor) >= limit - reserve(of: limit)
  }
}
