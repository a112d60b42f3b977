import Glibc
import Platform
import Testing

@testable import Net

struct ClientSocketTests {
  private func exchange(_ socket: ClientSocket, _ payload: [UInt8]) throws -> [UInt8] {
    let length = withUnsafeBytes(of: UInt32(payload.count).bigEndian) { Array($0) }
    try (length + payload).withUnsafeBytes { try socket.send($0) }
    var answer = [UInt8](repeating: 0, count: 4 + payload.count)
    try answer.withUnsafeMutableBytes { try socket.receive(into: $0) }
    #expect(Array(answer[..<4]) == length)
    return Array(answer[4...])
  }

  @Test func `small and large frames go out and come back`() throws {
    let server = try TestServer { delegate in
      delegate.onFrame = { frame, connection in
        connection.fulfil(connection.reserveReply(), part: .bytes(reply(Array(frame))))
      }
    }
    let socket = try ClientSocket(
      host: "localhost", port: server.listener.port, timeoutMilliseconds: 10_000)
    let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try exchange(socket, [1, 2, 3]) == [1, 2, 3])
    #expect(try exchange(socket, large) == large)
  }

  @Test func `a server that says nothing is given up`() throws {
    let server = try TestServer { _ in }
    let socket = try ClientSocket(
      host: "127.0.0.1", port: server.listener.port, timeoutMilliseconds: 30)
    var byte: UInt8 = 0
    let error = #expect(throws: NetError.self) {
      try withUnsafeMutableBytes(of: &byte) { try socket.receive(into: $0) }
    }
    guard case .timedOut(_, let place, 30) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(place == "127.0.0.1:\(server.listener.port)")
  }

  @Test func `a server that hangs up is told from one that is not there`() throws {
    let server = try TestServer { delegate in
      delegate.onFrame = { _, connection in connection.close(.refused("test")) }
    }
    let port = server.listener.port
    let socket = try ClientSocket(host: "127.0.0.1", port: port, timeoutMilliseconds: 10_000)
    let hungUp = #expect(throws: NetError.self) { try exchange(socket, [1]) }
    guard case .closed = hungUp else {
      Issue.record("\(String(describing: hungUp))")
      return
    }
  }

  @Test func `nobody at a port, and a name without an address, are told at once`() throws {
    let listening = try ListeningSocket(
      host: "127.0.0.1", port: 0, configuration: NetConfiguration())
    let port = listening.port
    close(listening.descriptor)
    let gone = #expect(throws: NetError.self) {
      try ClientSocket(host: "127.0.0.1", port: port, timeoutMilliseconds: 10_000)
    }
    #expect(gone?.description.contains("cannot connect to 127.0.0.1:\(port)") == true)
    let unknown = #expect(throws: NetError.self) {
      try ClientSocket(host: "no.such.host.invalid", port: 1, timeoutMilliseconds: 10_000)
    }
    guard case .unresolved = unknown else {
      Issue.record("\(String(describing: unknown))")
      return
    }
  }
}
