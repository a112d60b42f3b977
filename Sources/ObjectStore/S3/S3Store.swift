import Platform

/// Objects in an S3 bucket, or in a store that speaks its language (Ceph, MinIO, R2, moto).
///
/// Requests are signed by Signature Version 4 with the digest of their body; puts and parts carry
/// the CRC32C of their body. Nothing is retried here: see `RetryingStore`. The client and the
/// credentials belong to the caller and may serve several stores.
package final class S3Store: ObjectStore {
  let session: S3Session
  private let root: String

  package init(
    _ configuration: S3Configuration, client: HTTPClient, credentials: CredentialsCache,
    clock: any Clock
  ) {
    session = S3Session(configuration, client: client, credentials: credentials, clock: clock)
    root = configuration.prefix.isEmpty ? "" : configuration.prefix + "/"
  }

  package var url: ObjectStoreURL { session.configuration.url }

  package func put(
    _ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?
  ) async throws(ObjectStoreError) -> ObjectSummary {
    // Not every server compares the checksum with the body, so this does.
    try ObjectDigest.verify(body, checksum, key: key)
    var request = S3Session.Request(.put, try full(key))
    request.body = body
    request.condition = condition
    request.headers = session.configuration.encryptionHeaders
    request.headers += Self.checksumHeaders(checksum ?? ObjectDigest.crc32c(body))
    switch condition {
    case .none: break
    case .ifAbsent: request.headers.append(("If-None-Match", "*"))
    case .ifMatch(let etag): return try await put(request, ifMatch: etag, key)
    }
    return Self.summary(key, request, try await session.send(request))
  }

  /// AWS and moto want the tag in quotes (RFC 9110), Ceph without: a refusal is asked again the
  /// other way. Nothing has happened by then, so this repeats no write.
  private func put(_ request: S3Session.Request, ifMatch etag: String, _ key: String)
    async throws(ObjectStoreError) -> ObjectSummary
  {
    do throws(ObjectStoreError) {
      var quoted = request
      quoted.headers.append(("If-Match", "\"\(etag)\""))
      return Self.summary(key, request, try await session.send(quoted))
    } catch {
      guard error.kind == .preconditionFailed else { throw error }
    }
    var plain = request
    plain.headers.append(("If-Match", etag))
    return Self.summary(key, request, try await session.send(plain))
  }

  package func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary {
    let response = try await session.send(S3Session.Request(.head, try full(key)))
    guard let count = response.header("content-length").flatMap({ Int64($0) }) else {
      throw ObjectStoreError(.unavailable, key: key, "HEAD: the answer has no Content-Length")
    }
    return ObjectSummary(key: key, byteCount: count, etag: Self.tag(response.header("etag")))
  }

  package func delete(_ key: String) async throws(ObjectStoreError) {
    do throws(ObjectStoreError) {
      _ = try await session.send(S3Session.Request(.delete, try full(key)))
    } catch {
      if error.kind != .notFound { throw error }
    }
  }

  /// The key in the bucket; throws `invalid` for a key that breaks the rules.
  func full(_ key: String) throws(ObjectStoreError) -> String {
    try ObjectKey.check(key)
    let full = root + key
    guard full.utf8.count <= ObjectKey.maximumByteCount else {
      throw ObjectStoreError(
        .invalid, key: key,
        "the key is longer than \(ObjectKey.maximumByteCount) bytes with the prefix '\(root)'")
    }
    return full
  }

  /// A prefix or the place where a listing goes on: in the bucket, unchecked.
  func full(prefix: String) -> String { root + prefix }

  /// The key of an object in the bucket; nil when it breaks the rules, so is not one of ours.
  func key(ofFull full: String) -> String? {
    guard full.utf8.starts(with: root.utf8) else { return nil }
    let key = String(Substring(full.utf8.dropFirst(root.utf8.count)))
    return ObjectKey.complaint(about: key) == nil ? key : nil
  }

  /// A tag without quotes; nil when the server gives none (Ceph after Complete).
  static func tag(_ text: String?) -> String? {
    guard var tag = text?[...] else { return nil }
    if tag.hasPrefix("\""), tag.hasSuffix("\""), tag.count >= 2 { tag = tag.dropFirst().dropLast() }
    return tag.isEmpty ? nil : String(tag)
  }

  static func checksumHeaders(_ checksum: UInt32) -> [(name: String, value: String)] {
    [
      ("x-amz-sdk-checksum-algorithm", "CRC32C"),
      ("x-amz-checksum-crc32c", Base64.encode(checksum)),
    ]
  }

  private static func summary(
    _ key: String, _ request: S3Session.Request, _ response: HTTPResponse
  ) -> ObjectSummary {
    let count = request.body.reduce(Int64(0)) { $0 + Int64($1.count) }
    return ObjectSummary(key: key, byteCount: count, etag: tag(response.header("etag")))
  }
}
