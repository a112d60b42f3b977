import Platform

/// A server that speaks S3: scheme, host and port.
package struct S3Endpoint: Sendable, Equatable {
  /// Speaks TLS.
  package let isEncrypted: Bool
  /// Host, with the port unless it is the scheme's own: what the `Host` header says.
  package let authority: String

  init(host: String) {
    isEncrypted = true
    authority = host
  }

  /// Reads `http://host:port` or `https://host`; `setting` names where it came from.
  package init(_ text: String, setting: String? = nil) throws(UsageError) {
    func refuse(_ message: String) -> UsageError {
      UsageError(
        "\(message): '\(text)'", at: setting, hint: "write https://host or http://host:port")
    }
    let isEncrypted = text.hasPrefix("https://")
    guard isEncrypted || text.hasPrefix("http://") else { throw refuse("not an endpoint") }
    var rest = text.dropFirst(isEncrypted ? 8 : 7)
    while rest.hasSuffix("/") { rest.removeLast() }
    let isPlain = rest.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x3a).contains(byte)
        || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x5b || byte == 0x5d
    }
    guard !rest.isEmpty, isPlain else { throw refuse("an endpoint is a host and a port") }
    let standard = isEncrypted ? ":443" : ":80"
    let isBracketed = rest.hasPrefix("[")
    let portPart = isBracketed ? rest[(rest.lastIndex(of: "]") ?? rest.startIndex)...] : rest
    if let colon = portPart.lastIndex(of: ":") {
      guard let port = Int(portPart[portPart.index(after: colon)...]), (1...65_535).contains(port)
      else { throw refuse("not a port") }
    }
    if rest.hasSuffix(standard) { rest = rest.dropLast(standard.count) }
    self.isEncrypted = isEncrypted
    authority = String(rest)
  }
}
