import Platform

/// The place of a store: `s3://bucket/prefix`, `file:///dir` or `memory:`.
///
/// Locations made from it are the names that stand in Iceberg metadata: keys as they are, not
/// percent-encoded.
package struct ObjectStoreURL: Sendable, Equatable, CustomStringConvertible {
  package enum Place: Sendable, Equatable {
    /// `prefix` has no slash at either end; empty for the whole bucket.
    case s3(bucket: String, prefix: String)
    /// An absolute path without a slash at its end.
    case directory(path: String)
    case memory
  }

  package let place: Place

  package init(_ place: Place) { self.place = place }

  /// Reads a URL; `setting` names where it came from ("lake.url", "server.properties:12").
  package init(_ text: String, setting: String? = nil) throws(UsageError) {
    func refuse(_ message: String, _ hint: String) -> UsageError {
      UsageError("\(message): '\(text)'", at: setting, hint: hint)
    }
    let forms = "s3://bucket/prefix, file:///absolute/directory or memory:"
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      throw refuse("an object store URL has no control characters", "use \(forms)")
    }
    if let rest = text.dropping("s3://") ?? text.dropping("s3a://") {
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      let bucket = String(rest[..<slash])
      guard Self.isBucketName(bucket) else {
        throw refuse(
          "not a bucket name", "3 to 63 of a–z, 0–9, '-' and '.', as in s3://my-bucket/lake")
      }
      let prefix = try Self.trimmed(rest[slash...], refuse)
      place = .s3(bucket: bucket, prefix: prefix)
    } else if let rest = text.dropping("file://") ?? text.dropping("file:") {
      guard rest.hasPrefix("/") else {
        throw refuse("a file URL needs an absolute path", "write file:///absolute/directory")
      }
      let path = try Self.trimmed(rest, refuse)
      guard !path.isEmpty else {
        throw refuse("the root directory cannot be a store", "name a directory below it")
      }
      place = .directory(path: "/" + path)
    } else if text == "memory:" || text == "memory:/" || text == "memory://" {
      place = .memory
    } else {
      throw refuse("not an object store URL", "use \(forms)")
    }
  }

  /// The URL itself, without a slash at its end.
  package var description: String {
    switch place {
    case .s3(let bucket, ""): "s3://\(bucket)"
    case .s3(let bucket, let prefix): "s3://\(bucket)/\(prefix)"
    case .directory(let path): "file://\(path)"
    case .memory: "memory:"
    }
  }

  /// The full name of a key.
  package func location(of key: String) -> String { "\(description)/\(key)" }

  /// The key of a full name; nil when it lies outside. Takes `s3a://` and `file:/…` too, as some
  /// writers spell them.
  package func key(of location: String) -> String? {
    var name = location[...]
    if let rest = name.dropping("s3a://") { name = "s3://" + rest }
    if let rest = name.dropping("file:"), rest.hasPrefix("/"), !rest.hasPrefix("//") {
      name = "file://" + rest
    }
    let root = description + "/"
    guard name.utf8.starts(with: root.utf8) else { return nil }
    let key = String(Substring(name.utf8.dropFirst(root.utf8.count)))
    return ObjectKey.complaint(about: key) == nil ? key : nil
  }

  /// The path without slashes at its ends; refuses parts that `ObjectKey` would refuse.
  private static func trimmed(
    _ path: Substring, _ refuse: (String, String) -> UsageError
  ) throws(UsageError) -> String {
    var path = path
    while path.hasPrefix("/") { path.removeFirst() }
    while path.hasSuffix("/") { path.removeLast() }
    if path.isEmpty { return "" }
    if let complaint = ObjectKey.complaint(about: String(path)) {
      throw refuse("the path \(complaint)", "write it plainly, without '..' and '//'")
    }
    return String(path)
  }

  /// S3's rule, and what it implies for a URL: no port, no user, no query.
  private static func isBucketName(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e
        || $0 == 0x5f || (0x41...0x5a).contains($0)
    }
    return isPlain && (3...63).contains(name.utf8.count) && !name.hasPrefix(".")
      && !name.contains("..")
  }
}

extension StringProtocol where SubSequence == Substring {
  fileprivate func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
