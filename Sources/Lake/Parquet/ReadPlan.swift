/// What to fetch from a file, and what to decode from it, for a few records. Pure data.
package struct ReadPlan: Equatable, Sendable {
  /// A row of a file: the row group's number and the row in it.
  package struct Position: Equatable, Comparable, Sendable {
    package var rowGroup: Int
    package var row: Int

    package static func < (a: Position, b: Position) -> Bool {
      (a.rowGroup, a.row) < (b.rowGroup, b.row)
    }
  }

  /// The pages of one column that hold the rows of a piece.
  struct Slice: Equatable, Sendable {
    var codec: Int32
    var dictionary: Range<Int64>?
    var pages: Range<Int64>
    /// The first row of the first page.
    var firstRow: Int
  }

  /// Rows of one row group; a slice for each leaf, nil where it is not read.
  struct Piece: Equatable, Sendable {
    var rowGroup: Int
    var rows: Range<Int>
    var slices: [Slice?]
  }

  package let partition: Int32
  /// Only records with these offsets are decoded.
  package let offsets: Range<Int64>
  let pieces: [Piece]
  /// The byte ranges to fetch, ascending, gaps under `largestGap` filled.
  package let ranges: [Range<Int64>]
  /// Where the next plan for the same offsets goes on; nil when no further row can hold one.
  package let next: Position?

  /// Reading over a gap of less costs less than another request.
  package static let largestGap: Int64 = 1 << 20

  /// Whether there is nothing to fetch.
  package var isEmpty: Bool { pieces.isEmpty }

  /// Bytes to fetch.
  package var byteCount: Int { ranges.reduce(0) { $0 + $1.count } }

  init(partition: Int32, offsets: Range<Int64>, pieces: [Piece], next: Position?) {
    self.partition = partition
    self.offsets = offsets
    self.pieces = pieces
    self.next = next
    ranges = ReadPlan.coalesced(
      pieces.flatMap { piece in
        piece.slices.flatMap { slice in
          [slice?.dictionary, slice?.pages].compactMap { $0 }
        }
      })
  }

  private static func coalesced(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
    var result: [Range<Int64>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound - last.upperBound < largestGap {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
