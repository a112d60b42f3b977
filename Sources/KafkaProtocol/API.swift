/// One API that a broker can answer: its number, the versions whose messages are described here,
/// and the first of them in the flexible format (compact lengths and tagged fields, KIP-482).
package struct API: Hashable, Sendable {
  package let key: APIKey
  package let versions: ClosedRange<Int16>
  /// What the ApiVersions answer says, which can begin below `versions` (KAFKA-18659).
  package let advertisedVersions: ClosedRange<Int16>
  /// The first flexible version; nil when there is none.
  package let flexibleFrom: Int16?

  package init(
    _ key: APIKey, versions: ClosedRange<Int16>, flexibleFrom: Int16?, advertisedFrom: Int16? = nil
  ) {
    self.key = key
    self.versions = versions
    self.flexibleFrom = flexibleFrom
    self.advertisedVersions = (advertisedFrom ?? versions.lowerBound)...versions.upperBound
  }

  /// Whether messages of `version` have compact lengths and tagged fields.
  package func isFlexible(_ version: Int16) -> Bool {
    if let flexibleFrom { version >= flexibleFrom } else { false }
  }

  /// Whether the header of a response of `version` ends with tagged fields (header version 1).
  ///
  /// ApiVersions keeps header version 0 for ever, so that a client can read the answer before it
  /// knows what the broker speaks (KIP-511).
  package func hasTaggedResponseHeader(_ version: Int16) -> Bool {
    key != .apiVersions && isFlexible(version)
  }
}
