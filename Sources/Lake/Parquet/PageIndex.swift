import CArrow
import Platform

/// Where each page of a Parquet file of records lies and which rows it holds: all that it takes to
/// read a few records out of the middle.
///
/// It is read from the end of a file (`read`), or from its own compact form (`encoded`), in which
/// it can be kept on disk.
package struct PageIndex: Equatable, Sendable {
  /// A data page of one column of a row group.
  package struct Page: Equatable, Sendable {
    package var position: Int64
    package var byteCount: Int
    /// Counted in its row group.
    package var firstRow: Int
    /// Bounds of partition, offset and timestamp (microseconds, limited); all there is otherwise.
    package var minimum = Int64.min
    package var maximum = Int64.max

    package var range: Range<Int64> { position..<position + Int64(byteCount) }
  }

  /// One column of a row group.
  package struct Column: Equatable, Sendable {
    package var codec: Int32
    package var dictionary: Range<Int64>?
    /// Whether the bounds of its pages are known.
    package var hasBounds: Bool
    /// In row order; empty when the file lacks the column.
    package var pages: [Page]
  }

  package struct RowGroup: Equatable, Sendable {
    package var rowCount: Int
    /// One for each `Leaf`.
    package var columns: [Column]

    package subscript(leaf: Leaf) -> Column { columns[leaf.rawValue] }

    /// The rows of a page of a column.
    package func rows(of leaf: Leaf, page: Int) -> Range<Int> {
      let pages = columns[leaf.rawValue].pages
      let end = page + 1 < pages.count ? pages[page + 1].firstRow : rowCount
      return pages[page].firstRow..<end
    }
  }

  /// The leaf columns in file order; the shim's `VARVE_LEAF_…`.
  package enum Leaf: Int, CaseIterable, Sendable {
    case partition, offset, timestamp, timestampType, leaderEpoch, timestampMilliseconds
    case headerKey, headerValue, headerKeyRaw, key, value
  }

  package var rowGroups: [RowGroup]

  package var recordCount: Int { rowGroups.reduce(0) { $0 + $1.rowCount } }

  /// The bounds of all offsets; nil when they are not known.
  package var offsets: ClosedRange<Int64>? { bounds(of: .offset) }

  /// The bounds of a leaf with bounds over the whole file.
  package func bounds(of leaf: Leaf) -> ClosedRange<Int64>? {
    guard !rowGroups.isEmpty, rowGroups.allSatisfy({ $0[leaf].hasBounds }) else { return nil }
    let pages = rowGroups.flatMap { $0[leaf].pages }
    return pages.map(\.minimum).min()!...pages.map(\.maximum).max()!
  }
}
