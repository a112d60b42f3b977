/// `PROTOCOL://host:port` of the listeners configs.
package struct ListenerAddress: Sendable, Equatable, CustomStringConvertible {
  package let securityProtocol: String
  /// Empty for all addresses.
  package let host: String
  package let port: UInt16

  package init(securityProtocol: String, host: String, port: UInt16) {
    self.securityProtocol = securityProtocol
    self.host = host
    self.port = port
  }

  package init?(_ text: String) {
    guard let scheme = text.firstRange(of: "://"), let colon = text.lastIndex(of: ":"),
      colon >= scheme.upperBound, let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    securityProtocol = String(text[..<scheme.lowerBound])
    var host = String(text[scheme.upperBound..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    self.host = host
    self.port = port
    guard !securityProtocol.isEmpty else { return nil }
  }

  package var description: String {
    "\(securityProtocol)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
