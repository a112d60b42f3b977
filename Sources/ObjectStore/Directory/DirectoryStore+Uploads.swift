import Platform

// An upload is a folder in `.varve-store/uploads`, named by its id: a file `key` with the key, and
// one file for each part, named by its number. Nothing of it is synced before it is completed:
// after a power cut the caller uploads again.
extension DirectoryStore {
  package func createUpload(_ key: String) async throws(ObjectStoreError) -> MultipartUpload {
    try ObjectKey.check(key)
    return try await onPool(key) { [self] () throws(ObjectStoreError) in
      let upload = MultipartUpload(key: key, id: DirectoryScratch.name(random))
      try translating(key) { () throws(StorageError) in
        let folder = try folder(of: upload)
        try files.makeDirectory(folder)
        try files.replace(folder + "/key", with: Array(key.utf8))
      }
      return upload
    }
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      try checkExists(upload)
      let checksum = ObjectDigest.crc32c(body)
      try translating(upload.key) { () throws(StorageError) in
        let temporary = try scratch.write(body)
        try files.rename(temporary, to: try folder(of: upload) + "/\(number)")
      }
      let count = body.reduce(0) { $0 + $1.count }
      return UploadedPart(
        number: number, etag: Self.tag(checksum, count), byteCount: Int64(count),
        checksum: checksum)
    }
  }

  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try UploadedPart.check(parts, of: upload)
    return try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      try checkExists(upload)
      var count: Int64 = 0
      var wrong: ObjectStoreError?
      let temporary = try translating(upload.key) { () throws(StorageError) in
        try scratch.make { (file) throws(StorageError) in
          for part in parts where wrong == nil {
            do throws(ObjectStoreError) {
              count += try copy(part, of: upload, to: file, at: count)
            } catch { wrong = error }
          }
        }
      }
      if let wrong {
        try? files.remove(temporary)
        throw wrong
      }
      try publish(temporary, as: upload.key, .none)
      try? files.removeTree(try folder(of: upload))
      return ObjectSummary(key: upload.key, byteCount: count, etag: nil)
    }
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      try translating(upload.key) { () throws(StorageError) in
        try files.removeTree(try folder(of: upload))
      }
    }
  }

  package func listUploads(prefix: String)
    async throws(ObjectStoreError) -> [MultipartUpload]
  {
    try await onPool(prefix) { [self] () throws(ObjectStoreError) in
      try translating(prefix) { () throws(StorageError) in
        var found: [MultipartUpload] = []
        let uploads = root + "/" + Self.privateFolder + "/uploads"
        for entry in try files.list(uploads).sorted(by: { $0.name < $1.name }) {
          // Begun or ended at this moment: not there.
          guard let bytes = try? files.readAll("\(uploads)/\(entry.name)/key") else { continue }
          let key = String(decoding: bytes, as: UTF8.self)
          guard ObjectKey.begins(key, with: prefix), found.count < 1_000 else { continue }
          found.append(MultipartUpload(key: key, id: entry.name))
        }
        return found
      }
    }
  }

  /// Appends one part; throws `invalid` when it is not the part that was uploaded.
  private func copy(
    _ part: UploadedPart, of upload: MultipartUpload, to file: any File, at position: Int64
  ) throws(ObjectStoreError) -> Int64 {
    do throws(StorageError) {
      let source = try files.open(try folder(of: upload) + "/\(part.number)", .read)
      defer { source.close() }
      let count = Int(try source.size())
      let body = try ByteBlock.filled(count: count) { (buffer) throws(StorageError) in
        try source.read(into: buffer, at: 0)
      }
      if Self.tag(ObjectDigest.crc32c([body]), body.count) == part.etag {
        try file.write([body.bytes], at: position)
        return Int64(body.count)
      }
    } catch {
      if error.cause != .noSuchFile { throw Self.translate(error, upload.key) }
    }
    throw ObjectStoreError(.invalid, key: upload.key, "part \(part.number) is not there")
  }

  private func checkExists(_ upload: MultipartUpload) throws(ObjectStoreError) {
    let path = try translating(upload.key) { () throws(StorageError) in
      try folder(of: upload) + "/key"
    }
    guard files.exists(path) else {
      throw ObjectStoreError(.notFound, key: upload.key, "no upload \(upload.id)")
    }
  }

  /// The id becomes part of a path, so only what `createUpload` makes is taken.
  private func folder(of upload: MultipartUpload) throws(StorageError) -> String {
    let isOurs =
      upload.id.utf8.count == 32 && upload.id.utf8.allSatisfy { $0 != 0x2f && $0 != 0x2e }
    guard isOurs else { throw .corrupt(file: root, position: 0, reason: "not an upload id") }
    return root + "/" + Self.privateFolder + "/uploads/" + upload.id
  }

  private static func tag(_ checksum: UInt32, _ count: Int) -> String {
    "\(String(checksum, radix: 16))-\(count)"
  }
}
