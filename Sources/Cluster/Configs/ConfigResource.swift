/// What configs belong to.
package struct ConfigResource: Hashable, Sendable {
  /// The kinds of resources, with Kafka's numbers (ConfigResource.Type).
  package enum Kind: Int8, CaseIterable, Sendable {
    case topic = 2
    /// One broker by its id, or all of them under the empty name.
    case broker = 4
    case brokerLogger = 8
    /// A subscription to clients' metrics (KIP-714).
    case clientMetrics = 16
    case group = 32
  }

  package let kind: Kind
  package let name: String

  package init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }
}
