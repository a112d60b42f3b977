import Platform

extension S3Store {
  package func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing
  {
    let limit = min(max(1, limit), 1_000)
    var after = after.map { full(prefix: $0) }
    while true {
      let page = try await listPage(prefix, after, limit)
      // A page of nothing but foreign keys is no end.
      if !page.listing.objects.isEmpty || !page.listing.isTruncated { return page.listing }
      guard let last = page.lastKey, last != after else {
        throw ObjectStoreError(.unavailable, key: prefix, "the listing does not go on")
      }
      after = last
    }
  }

  /// One answer of ListObjectsV2, and the last key in it, be it ours or not.
  private func listPage(_ prefix: String, _ after: String?, _ limit: Int)
    async throws(ObjectStoreError) -> (listing: ObjectListing, lastKey: String?)
  {
    var request = S3Session.Request(.get)
    request.query = [
      ("list-type", "2"), ("encoding-type", "url"), ("max-keys", String(limit)),
    ]
    let wanted = full(prefix: prefix)
    if !wanted.isEmpty { request.query.append(("prefix", wanted)) }
    if let after { request.query.append(("start-after", after)) }
    let response = try await session.send(request)
    let document = try Self.document("ListBucketResult", response, key: prefix)
    let isEncoded = document["EncodingType"] == "url"
    var objects: [ObjectSummary] = []
    var last: String?
    for entry in document.all("Contents") {
      guard let text = entry["Key"], let name = isEncoded ? PercentEncoding.decode(text) : text,
        let count = entry["Size"].flatMap({ Int64($0) }), count >= 0
      else {
        throw ObjectStoreError(.unavailable, key: prefix, "a listing has an entry without sense")
      }
      last = name
      guard let key = key(ofFull: name), ObjectKey.begins(key, with: prefix) else { continue }
      objects.append(ObjectSummary(key: key, byteCount: count, etag: Self.tag(entry["ETag"])))
    }
    let isTruncated = document["IsTruncated"] == "true"
    return (ObjectListing(objects: objects, isTruncated: isTruncated), last)
  }

  package func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    var failures: [ObjectStoreError] = []
    for start in stride(from: 0, to: keys.count, by: 1_000) {
      failures += try await deletePage(Array(keys[start..<min(keys.count, start + 1_000)]))
    }
    return failures
  }

  /// DeleteObjects, which wants the MD5 of its body.
  private func deletePage(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError] {
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
    for key in keys {
      text += "<Object><Key>\(XMLElement.escaped(try full(key)))</Key></Object>"
    }
    text += "</Delete>"
    var request = S3Session.Request(.post)
    request.query = [("delete", "")]
    request.body = [ByteBlock(Array(text.utf8))]
    request.headers = [
      ("Content-MD5", Base64.encode(ObjectDigest.md5(request.body))),
      ("Content-Type", "application/xml"),
    ]
    let response = try await session.send(request)
    let document = try Self.document("DeleteResult", response, key: keys[0])
    var failures: [ObjectStoreError] = []
    for entry in document.all("Error") where entry["Code"] != "NoSuchKey" {
      let failure = S3Failure(code: entry["Code"] ?? "", message: entry["Message"] ?? "")
      let full = entry["Key"] ?? ""
      failures.append(
        failure.error("DELETE", key: key(ofFull: full) ?? full, isWrite: true))
    }
    return failures
  }

  /// The document of a good answer; `unavailable` when it is none.
  static func document(_ name: String, _ response: HTTPResponse, key: String)
    throws(ObjectStoreError) -> XMLElement
  {
    let document: XMLElement
    do throws(XMLReader.Malformed) { document = try XMLElement(response.body.array) } catch {
      throw ObjectStoreError(
        .unavailable, key: key, "no \(name): \(error.reason) at byte \(error.position)")
    }
    guard document.name == name else {
      throw ObjectStoreError(.unavailable, key: key, "\(document.name) instead of \(name)")
    }
    return document
  }
}
