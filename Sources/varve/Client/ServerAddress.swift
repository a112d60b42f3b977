import Platform

/// `host:port` of a broker, as `--bootstrap-server` takes it.
struct ServerAddress: Equatable, CustomStringConvertible {
  let host: String
  let port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, `[v6 address]:port`, or a host alone, which means Kafka's port 9092.
  init(_ text: String) throws(UsageError) {
    let refusal = UsageError(
      "'\(text)' is not the address of a broker", at: "--bootstrap-server",
      hint: "host:port, such as 127.0.0.1:9092")
    var host = text
    var port: UInt16 = 9092
    let isBareV6 = !text.hasPrefix("[") && text.filter { $0 == ":" }.count > 1
    if let colon = text.lastIndex(of: ":"), !isBareV6, !text.hasSuffix("]") {
      guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
        throw refusal
      }
      port = number
      host = String(text[..<colon])
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty, !host.contains("/"), !host.contains(" ") else { throw refusal }
    self.init(host: host, port: port)
  }

  /// Reads a comma-separated list.
  static func list(_ text: String) throws(UsageError) -> [ServerAddress] {
    var result: [ServerAddress] = []
    for item in text.split(separator: ",") { result.append(try ServerAddress(String(item))) }
    guard !result.isEmpty else {
      throw UsageError("no broker is named", at: "--bootstrap-server", hint: "host:port")
    }
    return result
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
