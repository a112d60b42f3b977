import Platform

extension S3Store {
  package func get(_ key: String, range: ObjectRange)
    async throws(ObjectStoreError) -> FetchedObject
  {
    var request = S3Session.Request(.get, try full(key))
    let limit = session.configuration.maximumResponseByteCount
    request.responseLimit = limit
    switch range {
    case .whole: request.headers = [("x-amz-checksum-mode", "ENABLED")]
    case .bytes(let bytes):
      guard !bytes.isEmpty, bytes.lowerBound >= 0, bytes.count <= limit else {
        throw ObjectStoreError(
          .invalid, key: key, "a range of \(bytes.count) bytes; 1 to \(limit) can be read")
      }
      request.headers = [("Range", "bytes=\(bytes.lowerBound)-\(bytes.upperBound - 1)")]
      request.expectedByteCount = Int64(bytes.count)
    case .suffix(let count):
      guard count > 0, count <= Int64(limit) else {
        throw ObjectStoreError(
          .invalid, key: key, "the last \(count) bytes; 1 to \(limit) can be read")
      }
      request.headers = [("Range", "bytes=-\(count)")]
      request.expectedByteCount = count
    }
    // How long a whole object is shows only later; time for 256 MiB is granted.
    if range == .whole { request.expectedByteCount = min(Int64(limit), 256 << 20) }
    let response = try await session.send(request)
    return try fetched(key, range, response)
  }

  private func fetched(_ key: String, _ range: ObjectRange, _ response: HTTPResponse)
    throws(ObjectStoreError) -> FetchedObject
  {
    let etag = Self.tag(response.header("etag"))
    if response.status == 206 {
      guard let text = response.header("content-range"),
        let (start, total) = Self.contentRange(text, response.body.count),
        let expected = range.resolved(in: total), expected.lowerBound == start,
        expected.count == response.body.count
      else {
        throw ObjectStoreError(.unavailable, key: key, "GET: not the range that was asked for")
      }
      return FetchedObject(
        body: response.body, start: start,
        summary: ObjectSummary(key: key, byteCount: total, etag: etag))
    }
    // The whole object: asked for, or by a server that does not know ranges.
    let total = Int64(response.body.count)
    let summary = ObjectSummary(key: key, byteCount: total, etag: etag)
    if range == .whole {
      try verify(key, response)
      return FetchedObject(body: response.body, start: 0, summary: summary)
    }
    guard let bytes = range.resolved(in: total) else {
      throw ObjectRange.unsatisfiable(key, range)
    }
    let slice = response.body.bytes[Int(bytes.lowerBound)..<Int(bytes.upperBound)]
    let body = ByteBlock(copying: UnsafeRawBufferPointer(rebasing: slice))
    return FetchedObject(body: body, start: bytes.lowerBound, summary: summary)
  }

  /// Compares a whole object with the CRC32C it was put with, where the server tells it. That of an
  /// upload in parts (`…-3`) is one of checksums, not of bytes.
  private func verify(_ key: String, _ response: HTTPResponse) throws(ObjectStoreError) {
    guard let announced = response.header("x-amz-checksum-crc32c"), !announced.contains("-"),
      response.header("x-amz-checksum-type") != "COMPOSITE"
    else { return }
    let found = Base64.encode(ObjectDigest.crc32c([response.body]))
    guard found == announced else {
      throw ObjectStoreError(
        .unavailable, key: key, "GET: the body's CRC32C is \(found), not \(announced)")
    }
  }

  /// Start and total of `bytes 0-9/443`, if it fits a body of `count` bytes.
  static func contentRange(_ text: String, _ count: Int) -> (start: Int64, total: Int64)? {
    guard text.hasPrefix("bytes "), let slash = text.firstIndex(of: "/"),
      let dash = text.firstIndex(of: "-"), dash < slash,
      let start = Int64(text[text.index(text.startIndex, offsetBy: 6)..<dash]),
      let last = Int64(text[text.index(after: dash)..<slash]),
      let total = Int64(text[text.index(after: slash)...]), start >= 0, last >= start,
      last < total, last - start + 1 == Int64(count)
    else { return nil }
    return (start, total)
  }
}
