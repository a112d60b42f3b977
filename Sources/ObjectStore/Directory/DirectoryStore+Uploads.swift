import Platform

// An upload is a folder in `.varve-store/uploads`, named by its id: a file `key` with the key, a
// file `data` with every part in its place, and for each part a file, named by its number, with its
// tag.
// Nothing of it is synced before it is completed: after a power cut the caller uploads again.
extension DirectoryStore {
  package func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload
  {
    try ObjectKey.check(key)
    return try await onPool(key) { [self] () throws(ObjectStoreError) in
      let id = UploadFolder.id(DirectoryScratch.name(random), partByteCount: partByteCount)
      let upload = MultipartUpload(key: key, id: id)
      try translating(key) { () throws(StorageError) in
        let folder = try folder(of: upload)
        try files.makeDirectory(folder.path)
        try files.replace(folder.keyPath, with: Array(key.utf8))
      }
      return upload
    }
  }

  package func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart
  {
    try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      let folder = try existingFolder(of: upload)
      let count = body.reduce(0) { $0 + $1.count }
      guard number > 0, count <= folder.partByteCount else {
        throw ObjectStoreError(
          .invalid, key: upload.key,
          "part \(number) of \(count) bytes, in an upload of \(folder.partByteCount) bytes a part")
      }
      let checksum = ObjectDigest.crc32c(body)
      let part = UploadedPart(
        number: number, etag: UploadFolder.tag(checksum, count), byteCount: Int64(count),
        checksum: checksum)
      try translating(upload.key) { () throws(StorageError) in
        let file = try files.open(folder.dataPath, .createIfMissing)
        defer { file.close() }
        try file.write(body, at: Int64(number - 1) * folder.partByteCount)
        // Last, so that a part whose write failed half-way does not count.
        let note = try files.open(folder.tagPath(number), .truncate)
        defer { note.close() }
        try note.write([ByteBlock(Array(part.etag.utf8))])
      }
      return part
    }
  }

  package func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary
  {
    try UploadedPart.check(parts, of: upload)
    return try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      let folder = try existingFolder(of: upload)
      for part in parts { try check(part, isLast: part == parts.last, of: upload, in: folder) }
      let byteCount = parts.reduce(0) { $0 + $1.byteCount }
      try translating(upload.key) { () throws(StorageError) in
        let file = try files.open(folder.dataPath, .readWrite)
        defer { file.close() }
        // An earlier upload of the last part may have been longer.
        try file.truncate(to: byteCount)
        try file.sync()
      }
      try publish(folder.dataPath, as: upload.key, .none)
      try? files.removeTree(folder.path)
      return ObjectSummary(key: upload.key, byteCount: byteCount, etag: nil)
    }
  }

  package func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError) {
    try await onPool(upload.key) { [self] () throws(ObjectStoreError) in
      try translating(upload.key) { () throws(StorageError) in
        try files.removeTree(try folder(of: upload).path)
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

  /// Throws `invalid` when it is not the part that was uploaded last, or has not its place's size.
  private func check(
    _ part: UploadedPart, isLast: Bool, of upload: MultipartUpload, in folder: UploadFolder
  ) throws(ObjectStoreError) {
    let path = folder.tagPath(part.number)
    let tag = try translating(upload.key) { () throws(StorageError) in
      files.exists(path) ? String(decoding: try files.readAll(path), as: UTF8.self) : ""
    }
    guard tag == part.etag, isLast || part.byteCount == folder.partByteCount else {
      throw ObjectStoreError(.invalid, key: upload.key, "part \(part.number) is not there")
    }
  }

  private func existingFolder(of upload: MultipartUpload) throws(ObjectStoreError) -> UploadFolder {
    let folder = try translating(upload.key) { () throws(StorageError) -> UploadFolder in
      try self.folder(of: upload)
    }
    guard files.exists(folder.keyPath) else {
      throw ObjectStoreError(.notFound, key: upload.key, "no upload \(upload.id)")
    }
    return folder
  }

  private func folder(of upload: MultipartUpload) throws(StorageError) -> UploadFolder {
    guard
      let folder = UploadFolder(upload.id, in: root + "/" + Self.privateFolder + "/uploads")
    else { throw .corrupt(file: root, position: 0, reason: "not an upload id") }
    return folder
  }
}
