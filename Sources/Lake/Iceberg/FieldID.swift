/// The Iceberg field ids of the lake's own columns; never reused, never renumbered.
package enum FieldID {
  package static let partition: Int32 = 1
  package static let offset: Int32 = 2
  package static let timestamp: Int32 = 3
  package static let timestampType: Int32 = 4
  package static let leaderEpoch: Int32 = 5
  package static let headers: Int32 = 6
  package static let key: Int32 = 7
  package static let value: Int32 = 8
  package static let headersElement: Int32 = 9
  package static let headerKey: Int32 = 10
  package static let headerValue: Int32 = 11
  package static let timestampMilliseconds: Int32 = 12
  package static let headerKeyRaw: Int32 = 13
  /// The highest id given away so far (`last-column-id`).
  package static let last: Int32 = 13
  /// The id of the first partition field, by Iceberg's convention.
  package static let firstPartitionField: Int32 = 1000
}
