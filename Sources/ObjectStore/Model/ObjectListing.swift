/// One page of a listing.
package struct ObjectListing: Sendable, Equatable {
  package let objects: [ObjectSummary]
  /// More may follow: list again after the last key.
  package let isTruncated: Bool

  package init(objects: [ObjectSummary], isTruncated: Bool) {
    self.objects = objects
    self.isTruncated = isTruncated
  }
}
