import CLinux
import COpenSSL
import Platform

/// Digests of a body that lies in several blocks.
enum ObjectDigest {
  static func sha256(_ parts: [ByteBlock]) -> [UInt8] {
    digest(parts, count: 32) { varve_sha256($0, $1, $2) }
  }

  static func sha256(_ bytes: [UInt8]) -> [UInt8] { sha256([ByteBlock(bytes)]) }

  static func md5(_ parts: [ByteBlock]) -> [UInt8] {
    digest(parts, count: 16) { varve_md5($0, $1, $2) }
  }

  static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let status = varve_hmac_sha256(key, key.count, message, message.count, &digest)
    precondition(status == 1, "OpenSSL has no HMAC-SHA-256")
    return digest
  }

  /// CRC32C of all parts.
  static func crc32c(_ parts: [ByteBlock]) -> UInt32 {
    parts.reduce(0) { varve_crc32c($0, $1.bytes.baseAddress, $1.count) }
  }

  /// Throws `invalid` when `body` is not what `checksum`, its CRC32C, says.
  static func verify(_ body: [ByteBlock], _ checksum: UInt32?, key: String)
    throws(ObjectStoreError)
  {
    guard let checksum else { return }
    let found = crc32c(body)
    guard found == checksum else {
      throw ObjectStoreError(
        .invalid, key: key, "the body's CRC32C is \(found), not \(checksum) as announced")
    }
  }

  private static func digest(
    _ parts: [ByteBlock], count: Int,
    _ function: (UnsafePointer<iovec>?, Int, UnsafeMutablePointer<UInt8>) -> Int32
  ) -> [UInt8] {
    let vectors = parts.map {
      iovec(
        iov_base: UnsafeMutableRawPointer(mutating: $0.bytes.baseAddress), iov_len: $0.count)
    }
    var digest = [UInt8](repeating: 0, count: count)
    let status = withExtendedLifetime(parts) {
      vectors.withUnsafeBufferPointer { function($0.baseAddress, $0.count, &digest) }
    }
    precondition(status == 1, "OpenSSL cannot make a digest")
    return digest
  }
}

/// Lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
