import KafkaProtocol
import Net
import Platform

/// A connection to one broker that asks one thing at a time and waits for the answer.
final class KafkaClient {
  /// An answer above this is taken for something that is not Kafka.
  private static let maximumAnswerBytes = 256 << 20

  let timeoutMilliseconds: Int64
  private let socket: ClientSocket
  private var correlationID: Int32 = 0
  /// What the broker serves, by API number.
  private var served: [Int16: ClosedRange<Int16>] = [:]

  /// Connects to the first of `servers` that accepts, and learns what it serves.
  init(_ servers: [ServerAddress], timeoutMilliseconds: Int64) throws(CommandError) {
    self.timeoutMilliseconds = timeoutMilliseconds
    var connected: ClientSocket?
    var failure: NetError?
    for server in servers where connected == nil {
      do throws(NetError) {
        connected = try ClientSocket(
          host: server.host, port: server.port, timeoutMilliseconds: timeoutMilliseconds)
      } catch { failure = error }
    }
    guard let connected else {
      throw .unreachable(failure ?? .unresolved(place: "", why: "no broker is named"))
    }
    socket = connected
    // Every broker answers version 0, whatever else it speaks.
    let answer = try exchange(ApiVersionsRequest(), version: 0)
    guard answer.errorCode == .none else {
      throw .incompatible(place: place, why: "ApiVersions: \(answer.errorCode.name)")
    }
    for range in answer.apiKeys where range.minVersion <= range.maxVersion {
      served[range.apiKey] = range.minVersion...range.maxVersion
    }
  }

  /// `host:port` of the broker.
  var place: String { socket.place }

  /// The newest version of the API that both sides speak; nil when there is none.
  func version(of api: API) -> Int16? {
    guard let theirs = served[api.key.rawValue] else { return nil }
    let newest = min(theirs.upperBound, api.versions.upperBound)
    return newest >= max(theirs.lowerBound, api.versions.lowerBound) ? newest : nil
  }

  /// Sends the request in the newest version that both sides speak and waits for its answer.
  func ask<Request: KafkaRequest>(_ request: Request) throws(CommandError) -> Request.Response {
    guard let version = version(of: Request.api) else {
      throw .incompatible(place: place, why: "it does not serve \(Request.api.key)")
    }
    return try exchange(request, version: version)
  }

  private func exchange<Request: KafkaRequest>(
    _ request: Request, version: Int16
  ) throws(CommandError) -> Request.Response {
    correlationID += 1
    let frame = try converse(try framed(request, version))
    let id: Int32
    let answer: Request.Response
    do throws(WireError) {
      (id, answer) = try Request.Response.decode(frame: frame.bytes, version: version)
    } catch {
      throw .incompatible(place: place, why: "its answer makes no sense: \(error)")
    }
    withExtendedLifetime(frame) {}
    guard id == correlationID else {
      throw .incompatible(place: place, why: "it answers another question")
    }
    return answer
  }

  private func framed(
    _ request: some KafkaRequest, _ version: Int16
  ) throws(CommandError) -> [OutputPart] {
    do throws(WireError) {
      return try request.framed(
        correlationID: correlationID, version: version, clientID: "varve")
    } catch {
      throw .incompatible(place: place, why: "the request does not fit the protocol: \(error)")
    }
  }

  /// Sends a frame with its length and receives one, without; an empty one, which means nothing in
  /// Kafka, for a length that no broker would send.
  private func converse(_ parts: [OutputPart]) throws(CommandError) -> ByteBlock {
    do throws(NetError) {
      for case .bytes(let block) in parts {
        try socket.send(block.bytes)
        withExtendedLifetime(block) {}
      }
      var length: UInt32 = 0
      try withUnsafeMutableBytes(of: &length) { (bytes) throws(NetError) in
        try socket.receive(into: bytes)
      }
      let count = Int(UInt32(bigEndian: length))
      guard (4...Self.maximumAnswerBytes).contains(count) else { return ByteBlock([]) }
      let frame = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
      let block = ByteBlock(adopting: frame, count: count)
      try socket.receive(into: UnsafeMutableRawBufferPointer(start: frame, count: count))
      return block
    } catch { throw .unreachable(error) }
  }
}
