/// What must hold for a put to happen.
package enum PutCondition: Sendable, Equatable {
  /// Replaces what is there.
  case none
  /// Only when there is no such object (`If-None-Match: *`); else `alreadyExists`.
  case ifAbsent
  /// Only when the object has this entity tag (`If-Match`); else `preconditionFailed`.
  case ifMatch(etag: String)
}
