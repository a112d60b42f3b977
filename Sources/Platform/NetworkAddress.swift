import Glibc

/// An IP address in the one form in which peers are named (an IPv4 address inside IPv6 as IPv4);
/// nil for what is none.
package func canonicalAddress(_ text: String) -> String? {
  var buffer = [CChar](repeating: 0, count: 64)
  func written(_ family: Int32, _ bytes: UnsafeRawPointer) -> String? {
    guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  var bytes = [UInt8](repeating: 0, count: 16)
  if inet_pton(AF_INET, text, &bytes) == 1 { return written(AF_INET, bytes) }
  guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
  let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
  return bytes.starts(with: mapped)
    ? written(AF_INET, Array(bytes[12...])) : written(AF_INET6, bytes)
}

/// The addresses of a host name or of an address in text, as `canonicalAddress` writes them; none
/// when it does not resolve. May wait for the name service.
package func resolvedAddresses(_ host: String) -> [String] {
  let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  if let address = canonicalAddress(bare) { return [address] }
  var hints = addrinfo()
  hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  var found: UnsafeMutablePointer<addrinfo>?
  guard getaddrinfo(bare, nil, &hints, &found) == 0 else { return [] }
  defer { freeaddrinfo(found) }
  var result: [String] = []
  var next = found
  while let entry = next?.pointee {
    next = entry.ai_next
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    let name = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    if status == 0, let address = canonicalAddress(String(decoding: name, as: UTF8.self)) {
      result.append(address)
    }
  }
  return result
}
