import Records

/// A transaction that has records in the partition and no marker yet.
struct OpenTransaction: Sendable, Equatable {
  let producerID: Int64
  var producerEpoch: Int16
  let firstOffset: Offset
}
