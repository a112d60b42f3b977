/// One call of an `ObjectStore`: what wrappers decide by and what they record.
package struct StoreOperation: Sendable, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable {
    case put, get, head, delete, deleteMany, list
    case createUpload, putPart, completeUpload, abortUpload, listUploads

    /// Whether the call changes anything in the store.
    package var isEffect: Bool {
      switch self {
      case .get, .head, .list, .listUploads: false
      default: true
      }
    }
  }

  package let kind: Kind
  /// The key; the first one of `deleteMany`; the prefix of a listing.
  package let key: String
  package var condition: PutCondition = .none
  package var range: ObjectRange?
  /// Bytes sent.
  package var byteCount = 0

  package init(_ kind: Kind, _ key: String) {
    self.kind = kind
    self.key = key
  }

  package var description: String { "\(kind.rawValue) \(key)" }
}
