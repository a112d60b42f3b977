import Records

/// What one cleaning of a log did.
package struct CleaningReport: Sendable, Equatable {
  /// Where the dirty part began.
  package let start: Offset
  /// Where it begins now.
  package internal(set) var end: Offset
  /// Whether the map was full before the cleanable part was through: another cleaning goes on.
  package internal(set) var isPartial = false
  /// Different keys in the dirty part.
  package internal(set) var keys = 0
  package internal(set) var segmentsBefore = 0
  package internal(set) var segmentsAfter = 0
  package internal(set) var bytesBefore: Int64 = 0
  package internal(set) var bytesAfter: Int64 = 0
  package internal(set) var recordsBefore: Int64 = 0
  package internal(set) var recordsAfter: Int64 = 0

  init(start: Offset, end: Offset) {
    self.start = start
    self.end = end
  }
}
