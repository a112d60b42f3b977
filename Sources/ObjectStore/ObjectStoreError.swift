/// What went wrong between this process and an object store.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    case notFound
    /// A conditional create met an object; it may be one's own, when an earlier answer was lost.
    case alreadyExists
    case preconditionFailed
    /// The store asks for less load; nothing happened.
    case throttled
    /// The store cannot be reached or failed; nothing happened.
    case unavailable
    /// The credentials or their rights do not suffice.
    case denied
    /// The request is wrong, and will be the next time too.
    case invalid
    /// A write timed out or failed half-way: it may have happened, and it may still happen.
    case unknownOutcome
    /// The task was cancelled; a write under way may have happened or not.
    case cancelled
    /// The object lies in an archive tier (Glacier) and must be restored by its owner first.
    case archived
  }

  /// What the caller can do about it.
  package enum Disposition: Sendable {
    /// Try again later.
    case retry
    /// Read the store again before deciding anything.
    case reconcile
    /// Trying again changes nothing.
    case giveUp
  }

  package let kind: Kind
  /// The key, prefix or bucket it is about.
  package let key: String
  /// The store's own words and what else helps to understand it.
  package let context: String

  package init(_ kind: Kind, key: String, _ context: String) {
    self.kind = kind
    self.key = key
    self.context = context
  }

  package var disposition: Disposition {
    switch kind {
    case .throttled, .unavailable: .retry
    case .unknownOutcome, .alreadyExists, .preconditionFailed: .reconcile
    case .notFound, .denied, .invalid, .cancelled, .archived: .giveUp
    }
  }

  package var description: String { "\(kind.rawValue) \(key): \(context)" }
}
