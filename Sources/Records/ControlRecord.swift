import Platform

// A control record (KIP-98, "Control Records"). Its key: version int16 (0), type int16. The value
// of a transaction's end: version int16 (0), coordinator epoch int32.

/// What a control batch says; consumers never see it as a record.
package enum ControlRecord: Equatable, Sendable {
  case abort(coordinatorEpoch: Int32)
  case commit(coordinatorEpoch: Int32)
  /// A type that this broker does not write.
  case other(type: Int16)

  /// Reads the record of a control batch; nil when it is none.
  package init?(_ record: RecordView) {
    guard let key = record.key else { return nil }
    var reader = ByteReader(key)
    guard let version: Int16 = reader.read(), version >= 0, let type: Int16 = reader.read() else {
      return nil
    }
    var epoch: Int32 = -1
    if let value = record.value, type == 0 || type == 1 {
      var reader = ByteReader(value)
      guard let version: Int16 = reader.read(), version >= 0, let read: Int32 = reader.read()
      else { return nil }
      epoch = read
    }
    switch type {
    case 0: self = .abort(coordinatorEpoch: epoch)
    case 1: self = .commit(coordinatorEpoch: epoch)
    default: self = .other(type: type)
    }
  }

  /// The number that stands in the key.
  package var type: Int16 {
    switch self {
    case .abort: 0
    case .commit: 1
    case .other(let type): type
    }
  }

  var key: [UInt8] { bytes(0, of: type) }

  var value: [UInt8] {
    switch self {
    case .abort(let epoch), .commit(let epoch): bytes(0, of: epoch)
    case .other: []
    }
  }

  /// A version followed by a number, both big-endian.
  private func bytes<T: FixedWidthInteger>(_ version: Int16, of number: T) -> [UInt8] {
    withUnsafeBytes(of: version.bigEndian) { Array($0) }
      + withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
