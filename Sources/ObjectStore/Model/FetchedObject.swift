import Platform

/// The bytes of an object, or of a range of it.
package struct FetchedObject: Sendable {
  package let body: ByteBlock
  /// Where `body` begins in the object.
  package let start: Int64
  /// Size (of the whole object) and entity tag.
  package let summary: ObjectSummary

  package init(body: ByteBlock, start: Int64, summary: ObjectSummary) {
    self.body = body
    self.start = start
    self.summary = summary
  }
}
