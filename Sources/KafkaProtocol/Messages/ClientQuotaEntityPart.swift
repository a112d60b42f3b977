/// One part of the entity that a quota is for, in the messages that describe and alter quotas.
package struct ClientQuotaEntityPart: Message {
  /// `user`, `client-id` or `ip`.
  package var entityType = ""
  /// Nil for the default of all names.
  package var entityName: String?

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&entityType)
    try f.field(&entityName)
  }
}
