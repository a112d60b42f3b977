import Platform

extension S3Store {
  package func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    var request = S3Session.Request(.post, try full(key))
    request.query = [("uploads", "")]
    request.headers =
      session.configuration.encryptionHeaders + [("x-amz-checksum-algorithm", "CRC32C")]
    let response = try await session.send(request)
    let document = try Self.document("InitiateMultipartUploadResult", response, key: key)
    guard let id = document["UploadId"], !id.isEmpty else {
      throw ObjectStoreError(.unknownOutcome, key: key, "the upload got no id")
    }
    return MultipartUpload(key: key, id: id)
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    let checksum = ObjectDigest.crc32c(body)
    var request = S3Session.Request(.put, try full(upload.key))
    request.query = [("partNumber", String(number)), ("uploadId", upload.id)]
    request.headers = Self.checksumHeaders(checksum)
    request.body = body
    let response = try await session.send(request)
    guard let etag = Self.tag(response.header("etag")) else {
      throw ObjectStoreError(.unknownOutcome, key: upload.key, "the part got no entity tag")
    }
    let count = body.reduce(Int64(0)) { $0 + Int64($1.count) }
    return UploadedPart(number: number, etag: etag, byteCount: count, checksum: checksum)
  }

  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try UploadedPart.check(parts, of: upload)
    var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    for part in parts {
      text += "<Part><PartNumber>\(part.number)</PartNumber>"
      text += "<ETag>&quot;\(XMLElement.escaped(part.etag))&quot;</ETag>"
      text += "<ChecksumCRC32C>\(Base64.encode(part.checksum))</ChecksumCRC32C></Part>"
    }
    text += "</CompleteMultipartUpload>"
    var request = S3Session.Request(.post, try full(upload.key))
    request.query = [("uploadId", upload.id)]
    request.headers = [("Content-Type", "application/xml")]
    request.body = [ByteBlock(Array(text.utf8))]
    let response = try await session.send(request)
    // The status comes before the work is done: an error can follow a 200.
    if let document = try? XMLElement(response.body.array), document.name == "Error" {
      let failure = S3Failure(
        code: document["Code"] ?? "InternalError", message: document["Message"] ?? "")
      throw failure.error(session.describe(request), key: upload.key, isWrite: true)
    }
    let document: XMLElement
    do throws(ObjectStoreError) {
      document = try Self.document("CompleteMultipartUploadResult", response, key: upload.key)
    } catch {
      throw ObjectStoreError(.unknownOutcome, key: upload.key, error.context)
    }
    return ObjectSummary(
      key: upload.key, byteCount: parts.reduce(0) { $0 + $1.byteCount },
      etag: Self.tag(document["ETag"]))
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    var request = S3Session.Request(.delete, try full(upload.key))
    request.query = [("uploadId", upload.id)]
    do throws(ObjectStoreError) { _ = try await session.send(request) } catch {
      if error.kind != .notFound { throw error }
    }
  }

  package func listUploads(prefix: String)
    async throws(ObjectStoreError) -> [MultipartUpload]
  {
    // Without encoding-type: Ceph obeys it here, but does not say so in its answer.
    var request = S3Session.Request(.get)
    request.query = [
      ("uploads", ""), ("max-uploads", "1000"), ("prefix", full(prefix: prefix)),
    ]
    let response = try await session.send(request)
    let document = try Self.document("ListMultipartUploadsResult", response, key: prefix)
    return document.all("Upload").compactMap { entry in
      guard let name = entry["Key"], let id = entry["UploadId"], let key = key(ofFull: name),
        ObjectKey.begins(key, with: prefix)
      else { return nil }
      return MultipartUpload(key: key, id: id)
    }
  }
}
