/// Sets and removes quotas of clients (KIP-546).
package struct AlterClientQuotasRequest: KafkaRequest {
  package typealias Response = AlterClientQuotasResponse

  package static let api = API(.alterClientQuotas, versions: 0...1, flexibleFrom: 1)

  package var entries: [Entry] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&entries)
    try f.field(&validateOnly)
  }

  /// An entity to change.
  package struct Entry: Message {
    package var entity: [ClientQuotaEntityPart] = []
    package var ops: [Operation] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&entity)
      try f.field(&ops)
    }
  }

  /// One change.
  package struct Operation: Message {
    package var key = ""
    package var value = 0.0
    /// Removes the quota; `value` means nothing then.
    package var remove = false

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&key)
      try f.field(&value)
      try f.field(&remove)
    }
  }
}

/// Says for each entity whether it was changed.
package struct AlterClientQuotasResponse: KafkaResponse {
  package static let api = AlterClientQuotasRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var entries: [Entry] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&entries)
  }

  /// The outcome for one entity.
  package struct Entry: Message {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var entity: [ClientQuotaEntityPart] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&errorCode)
      try f.field(&errorMessage)
      try f.field(&entity)
    }
  }
}
