extension RecordBatchBuilder {
  /// Adds a record whose key and value are arrays: for the internal topics, where nothing is hot.
  package mutating func append(
    offset: Offset, timestamp: Int64, keyBytes: [UInt8]?, valueBytes: [UInt8]?,
    headers: RecordHeaders = .none
  ) -> Bool {
    let key = keyBytes ?? []
    let value = valueBytes ?? []
    return key.withUnsafeBytes { keyPointer in
      value.withUnsafeBytes { valuePointer in
        append(
          offset: offset, timestamp: timestamp, key: keyBytes == nil ? nil : keyPointer,
          value: valueBytes == nil ? nil : valuePointer, headers: headers)
      }
    }
  }
}
