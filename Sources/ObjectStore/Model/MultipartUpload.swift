/// An upload in parts that was begun: note it durably, so that it can be aborted after a crash.
package struct MultipartUpload: Sendable, Hashable {
  package let key: String
  /// The store's name for it.
  package let id: String

  package init(key: String, id: String) {
    self.key = key
    self.id = id
  }
}

/// A part that has been uploaded.
package struct UploadedPart: Sendable, Hashable {
  package let number: Int
  package let etag: String
  package let byteCount: Int64
  package let checksum: UInt32

  package init(number: Int, etag: String, byteCount: Int64, checksum: UInt32) {
    self.number = number
    self.etag = etag
    self.byteCount = byteCount
    self.checksum = checksum
  }
}
