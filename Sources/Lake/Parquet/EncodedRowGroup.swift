import CArrow
import Platform

/// One encoded row group: the next bytes of a file in the making.
package struct EncodedRowGroup: Sendable {
  /// The name of the file, for errors.
  package let file: String
  /// Where `bytes` begin in the file.
  package let position: Int64
  /// All bytes since the row group before, so with the file's magic in front of the first.
  package let bytes: ByteBlock
  package let rowCount: Int
  let chunks: [varve_chunk]

  /// Where its first page lies in the file: the dictionary's if it has one (Iceberg's split
  /// offset).
  package var splitOffset: Int64 { chunks[0].position }

  /// Decodes all its pages, checksums included, and compares record by record with what it was made
  /// from; throws `.corrupt` at the first difference.
  package func verify(against columns: [RecordColumns]) throws(LakeError) {
    var pointers = columns.map { UnsafePointer<varve_columns>?($0.storage) }
    let file = file
    try parquet(file) { error in
      varve_parquet_verify(
        bytes.bytes.baseAddress, Int64(bytes.count), position, chunks, &pointers,
        Int64(pointers.count), &error)
    }
    withExtendedLifetime(columns) {}
  }
}

/// Calls a function of the Parquet shim and turns its failure into `.corrupt`.
func parquet(
  _ file: String, _ body: (inout UnsafeMutablePointer<CChar>?) -> Int32
) throws(LakeError) {
  var error: UnsafeMutablePointer<CChar>?
  guard body(&error) != 0 else { return }
  let reason = error.map { String(cString: $0) } ?? "unknown"
  varve_free(error)
  throw .corrupt(file: file, reason: reason)
}
