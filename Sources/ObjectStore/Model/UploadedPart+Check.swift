extension UploadedPart {
  /// Throws `invalid` unless there are parts, 10,000 at most, in ascending order of their numbers.
  static func check(_ parts: [UploadedPart], of upload: MultipartUpload)
    throws(ObjectStoreError)
  {
    let isAscending = zip(parts, parts.dropFirst()).allSatisfy { $0.number < $1.number }
    guard !parts.isEmpty, parts.count <= 10_000, isAscending else {
      throw ObjectStoreError(
        .invalid, key: upload.key, "an upload needs 1 to 10,000 parts in ascending order")
    }
  }
}
