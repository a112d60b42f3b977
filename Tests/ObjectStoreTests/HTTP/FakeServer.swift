import Glibc
import Platform
import Synchronization

/// An HTTP server on loopback that misbehaves on request. It stops with the last reference.
final class FakeServer: Sendable {
  struct Request: Sendable {
    let method: String
    let target: String
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]
  }

  enum Reply: Sendable {
    /// Sends the bytes; keeps the connection when they announce their length.
    case bytes([UInt8])
    /// Sends the bytes and closes.
    case last([UInt8])
    case hangUp
    /// Says nothing until the client goes away.
    case silence

    static func status(
      _ status: Int, headers: [String] = [], _ body: String = ""
    ) -> Reply {
      let lines =
        ["HTTP/1.1 \(status) Fake", "Content-Length: \(body.utf8.count)"] + headers
      return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    }

    static func error(_ status: Int, _ code: String) -> Reply {
      .status(status, "<Error><Code>\(code)</Code><Message>words</Message></Error>")
    }
  }

  private struct State {
    var requests: [Request] = []
    var connections = 0
  }

  let port: Int
  private let listener: Int32
  private let state: SharedState

  /// What the threads share, so that they do not keep the server alive.
  private final class SharedState: Sendable {
    let state = Mutex(State())
    let reply: @Sendable (Request, Int) -> Reply
    init(_ reply: @escaping @Sendable (Request, Int) -> Reply) { self.reply = reply }
  }

  /// `reply` gets each request and its number, counted from 0 over all connections.
  init(_ reply: @escaping @Sendable (Request, Int) -> Reply) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    precondition(isReady, "cannot listen on loopback")
    port = Int(UInt16(bigEndian: address.sin_port))
    self.listener = listener
    let shared = SharedState(reply)
    state = shared
    _ = startThread(named: "fake-server") {
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        shared.state.withLock { $0.connections += 1 }
        _ = startThread(named: "fake-connection") { Self.serve(connection, shared) }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var requests: [Request] { state.state.withLock { $0.requests } }
  var connections: Int { state.state.withLock { $0.connections } }

  private static func serve(_ connection: Int32, _ shared: SharedState) {
    defer { close(connection) }
    while let request = read(connection) {
      let number = shared.state.withLock { state in
        state.requests.append(request)
        return state.requests.count - 1
      }
      switch shared.reply(request, number) {
      case .bytes(let bytes): write(connection, bytes)
      case .last(let bytes):
        write(connection, bytes)
        return
      case .hangUp: return
      case .silence:
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
        return
      }
    }
  }

  private static func write(_ connection: Int32, _ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return }
      done += sent
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var headerEnd: Int?
    while headerEnd == nil {
      let got = recv(connection, &chunk, chunk.count, 0)
      if got <= 0 { return nil }
      bytes += chunk[..<got]
      headerEnd = bytes.indices.first {
        bytes.count - $0 >= 4 && bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10])
      }
    }
    let lines = String(decoding: bytes[..<headerEnd!], as: UTF8.self).split(separator: "\r\n")
    let first = lines[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let colon = line.firstIndex(of: ":")!
      headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
    }
    var body = Array(bytes[(headerEnd! + 4)...])
    while body.count < Int(headers["content-length"] ?? "0")! {
      let got = recv(connection, &chunk, chunk.count, 0)
      if got <= 0 { return nil }
      body += chunk[..<got]
    }
    return Request(
      method: String(first[0]), target: String(first[1]), headers: headers, body: body)
  }
}
