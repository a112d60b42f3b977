import Glibc
import Platform

/// A bound and listening socket, and the ways in which binding fails.
struct ListeningSocket {
  let descriptor: Int32
  /// The port it is bound to: the kernel's choice when 0 was asked for.
  let port: UInt16

  /// Resolves `host` (empty: all addresses of both families), binds and listens.
  init(host: String, port: UInt16, configuration: NetConfiguration) throws(UsageError) {
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let addresses = try Self.resolve(host, port, place)
    defer { freeaddrinfo(addresses) }
    var failure: Int32 = EADDRNOTAVAIL
    // As the JVM does: IPv4 first when a name has both, and one dual socket for all addresses.
    let families = host.isEmpty ? [AF_INET6, AF_INET] : [AF_INET, AF_INET6]
    for family in families {
      var next: UnsafeMutablePointer<addrinfo>? = addresses
      while let address = next {
        next = address.pointee.ai_next
        guard address.pointee.ai_family == family else { continue }
        switch Self.bind(address.pointee, configuration) {
        case .success(let bound):
          self = bound
          return
        case .failure(let error): failure = error.errno
        }
      }
    }
    throw Self.explain(failure, place)
  }

  private init(descriptor: Int32, port: UInt16) {
    self.descriptor = descriptor
    self.port = port
  }

  private struct BindFailure: Error { let errno: Int32 }

  private static func resolve(
    _ host: String, _ port: UInt16, _ place: String
  ) throws(UsageError) -> UnsafeMutablePointer<addrinfo> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
    guard status == 0, let found else {
      let why = status == EAI_SYSTEM ? errnoText(errno) : String(cString: gai_strerror(status))
      throw UsageError(
        "cannot listen on \(place): the host does not resolve: \(why)", at: "listeners")
    }
    return found
  }

  private static func bind(
    _ address: addrinfo, _ configuration: NetConfiguration
  ) -> Result<ListeningSocket, BindFailure> {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(address.ai_family, kind, 0)
    guard descriptor >= 0 else { return .failure(BindFailure(errno: errno)) }
    func set(_ level: Int32, _ name: Int32, _ value: Int32) {
      var value = value
      setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    set(SOL_SOCKET, SO_REUSEADDR, 1)
    if address.ai_family == AF_INET6 { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    // Accepted sockets inherit these, and only so does the window fit them from the start.
    if let bytes = configuration.socketReceiveBufferBytes { set(SOL_SOCKET, SO_RCVBUF, bytes) }
    if let bytes = configuration.socketSendBufferBytes { set(SOL_SOCKET, SO_SNDBUF, bytes) }
    var name = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isListening = withUnsafeMutablePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, address.ai_addr, address.ai_addrlen) == 0
          && listen(descriptor, configuration.backlog) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isListening else {
      let failure = BindFailure(errno: errno)
      close(descriptor)
      return .failure(failure)
    }
    // The port stands at the same place in both families (bytes 2 and 3, big-endian).
    let port = withUnsafeBytes(of: &name) { $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self) }
    return .success(ListeningSocket(descriptor: descriptor, port: UInt16(bigEndian: port)))
  }

  private static func explain(_ errno: Int32, _ place: String) -> UsageError {
    let (what, hint): (String, String?) =
      switch errno {
      case EADDRINUSE:
        ("the port is in use", "stop the other server, or choose another port in listeners")
      case EADDRNOTAVAIL: ("this machine does not have that address", nil)
      case EACCES: ("ports below 1024 need more rights", "choose a higher port in listeners")
      default: (errnoText(errno), nil)
      }
    return UsageError("cannot listen on \(place): \(what)", at: "listeners", hint: hint)
  }
}
