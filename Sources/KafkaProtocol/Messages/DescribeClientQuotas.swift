/// Asks for the quotas of clients whose entity matches (KIP-546).
package struct DescribeClientQuotasRequest: KafkaRequest {
  package typealias Response = DescribeClientQuotasResponse

  package static let api = API(.describeClientQuotas, versions: 0...1, flexibleFrom: 1)

  package var components: [Component] = []
  /// Leaves out entities with parts that no component names.
  package var strict = false

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&components)
    try f.field(&strict)
  }

  /// What one part of an entity must be.
  package struct Component: Message {
    /// `user`, `client-id` or `ip`.
    package var entityType = ""
    /// 0 the name in `match`, 1 the default, 2 any name.
    package var matchType: Int8 = 0
    package var match: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&entityType)
      try f.field(&matchType)
      try f.field(&match)
    }
  }
}

/// Lists the quotas that were set for matching entities.
package struct DescribeClientQuotasResponse: KafkaResponse {
  package static let api = DescribeClientQuotasRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  /// Nil with an error.
  package var entries: [Entry]? = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode)
    try f.field(&errorMessage)
    try f.field(&entries)
  }

  /// An entity and what is set for it.
  package struct Entry: Message {
    package var entity: [ClientQuotaEntityPart] = []
    package var values: [Value] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&entity)
      try f.field(&values)
    }
  }

  /// One quota.
  package struct Value: Message {
    package var key = ""
    package var value = 0.0

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&key)
      try f.field(&value)
    }
  }
}
