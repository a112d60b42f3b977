import Platform

/// Holds immutable-by-habit objects under keys: the lake's files live in one.
///
/// Keys are relative to the store's own prefix and obey `ObjectKey.check`. Every back end passes
/// the suite `ObjectStoreContract`: reads and listings see every write that returned before them, a
/// put is seen whole or not at all, and of several racing conditional creates exactly one wins.
/// No call retries by itself; `RetryingStore` does, and never a conditional put.
package protocol ObjectStore: Sendable {
  /// Where this store's keys lie.
  var url: ObjectStoreURL { get }

  /// Writes an object; durable when it returns.
  ///
  /// `checksum` is the CRC32C of the body; a store that gets other bytes refuses them (`invalid`).
  /// Throws `alreadyExists` or `preconditionFailed` when the condition does not hold, and
  /// `unknownOutcome` when the write may have happened, or may still happen, all the same.
  func put(_ key: String, _ body: [ByteBlock], condition: PutCondition, checksum: UInt32?)
    async throws(ObjectStoreError) -> ObjectSummary

  /// Reads an object or a range of it; a range that reaches beyond the end is cut, one that begins
  /// there is `invalid`.
  func get(_ key: String, range: ObjectRange) async throws(ObjectStoreError) -> FetchedObject

  func head(_ key: String) async throws(ObjectStoreError) -> ObjectSummary

  /// Removes an object; a missing one is not an error.
  func delete(_ key: String) async throws(ObjectStoreError)

  /// Removes many objects; missing ones are no error. Answers the keys that could not be removed.
  func deleteMany(_ keys: [String]) async throws(ObjectStoreError) -> [ObjectStoreError]

  /// Up to `limit` (at most 1,000) objects whose keys begin with `prefix` and come after `after`,
  /// in the order of their UTF-8 bytes.
  func list(prefix: String, after: String?, limit: Int)
    async throws(ObjectStoreError) -> ObjectListing

  /// Begins an upload in parts, each of `partByteCount` bytes (at least 5 MiB) but for the last,
  /// which may be shorter. Nothing is visible, and the parts cost money, until it is completed or
  /// aborted.
  func createUpload(_ key: String, partByteCount: Int)
    async throws(ObjectStoreError) -> MultipartUpload

  /// Uploads one part; numbers go from 1 to 10,000 at most. Of several uploads of a number the last
  /// counts.
  func putPart(_ upload: MultipartUpload, number: Int, _ body: [ByteBlock])
    async throws(ObjectStoreError) -> UploadedPart

  /// Makes the object of the parts, all of them, in the order of their numbers.
  func completeUpload(_ upload: MultipartUpload, parts: [UploadedPart])
    async throws(ObjectStoreError) -> ObjectSummary

  /// Drops an upload and its parts; one that is gone is not an error.
  func abortUpload(_ upload: MultipartUpload) async throws(ObjectStoreError)

  /// Up to 1,000 uploads neither completed nor aborted, of keys that begin with `prefix`.
  func listUploads(prefix: String) async throws(ObjectStoreError) -> [MultipartUpload]
}
