/// What is known of an object without reading it.
package struct ObjectSummary: Sendable, Equatable {
  package let key: String
  package let byteCount: Int64
  /// An opaque tag of this content, without quotes; nil where the store gives none or finding it
  /// out would mean reading the object.
  package let etag: String?

  package init(key: String, byteCount: Int64, etag: String?) {
    self.key = key
    self.byteCount = byteCount
    self.etag = etag
  }
}
