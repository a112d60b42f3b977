extension UploadedPart {
  /// Throws `invalid` unless there are parts, 10,000 at most, numbered from 1 without a gap, and of
  /// one size but for a shorter last one.
  static func check(_ parts: [UploadedPart], of upload: MultipartUpload)
    throws(ObjectStoreError)
  {
    let areInOrder = parts.enumerated().allSatisfy { $1.number == $0 + 1 }
    let size = parts.first?.byteCount ?? 0
    let areEqual = parts.dropLast().allSatisfy { $0.byteCount == size }
    guard !parts.isEmpty, parts.count <= 10_000, areInOrder, areEqual,
      parts.last!.byteCount <= size
    else {
      throw ObjectStoreError(
        .invalid, key: upload.key,
        "an upload needs 1 to 10,000 parts, in order, whole, of one size but for a shorter last one"
      )
    }
  }
}
