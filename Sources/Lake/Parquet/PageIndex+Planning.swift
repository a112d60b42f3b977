import Records

extension PageIndex {
  /// Rows that may hold wanted records.
  private struct Candidate {
    var rows: Range<Int>
    /// Reading up to here finds a wanted record, if the rows hold one.
    var sufficientEnd: Int
  }

  /// Plans a read of the records of `partition` with `offsets`, of about `byteBudget` compressed
  /// bytes, but always of at least one wanted record where the rows of the file ascend in offset.
  ///
  /// It reads from `rowGroupLimit` row groups at most: compressed bytes do not tell how much memory
  /// their records take, row groups do. A plan can still find nothing, in a gap between offsets, or
  /// where rows of several partitions lie mixed: then go on at `next`.
  package func plan(
    partition: PartitionID, offsets: Range<Offset>, byteBudget: Int, rowGroupLimit: Int = .max,
    resumingAt start: ReadPlan.Position? = nil
  ) -> ReadPlan {
    let wanted = offsets.lowerBound.rawValue..<offsets.upperBound.rawValue
    var pieces: [ReadPlan.Piece] = []
    var groupCount = 0
    var budget = byteBudget
    let start = start ?? ReadPlan.Position(rowGroup: 0, row: 0)
    for number in rowGroups.indices.dropFirst(start.rowGroup) {
      let group = rowGroups[number]
      let firstRow = number == start.rowGroup ? start.row : 0
      if groupCount == rowGroupLimit {
        return ReadPlan(
          partition: partition.rawValue, offsets: wanted, pieces: pieces,
          next: ReadPlan.Position(rowGroup: number, row: 0))
      }
      for candidate in candidates(in: group, partition: partition.rawValue, offsets: wanted) {
        guard candidate.rows.upperBound > firstRow else { continue }
        let from = max(firstRow, candidate.rows.lowerBound)
        if budget <= 0 && !pieces.isEmpty {
          return ReadPlan(
            partition: partition.rawValue, offsets: wanted, pieces: pieces,
            next: ReadPlan.Position(rowGroup: number, row: from))
        }
        let end = group.endOfRows(
          from..<candidate.rows.upperBound,
          sufficientEnd: pieces.isEmpty ? max(candidate.sufficientEnd, from + 1) : from,
          budget: &budget)
        guard end > from else {
          return ReadPlan(
            partition: partition.rawValue, offsets: wanted, pieces: pieces,
            next: ReadPlan.Position(rowGroup: number, row: from))
        }
        if pieces.last?.rowGroup != number { groupCount += 1 }
        pieces.append(group.piece(number: number, rows: from..<end, leaves: Leaf.allCases))
        if end < candidate.rows.upperBound {
          return ReadPlan(
            partition: partition.rawValue, offsets: wanted, pieces: pieces,
            next: ReadPlan.Position(rowGroup: number, row: end))
        }
      }
    }
    return ReadPlan(partition: partition.rawValue, offsets: wanted, pieces: pieces, next: nil)
  }

  /// Plans a read of offsets and timestamps (no keys, values or headers) of the first page that may
  /// hold a record of `partition` with a timestamp of at least `timestamp` milliseconds; if it
  /// holds none, go on at `next`.
  package func plan(
    partition: PartitionID, timestampAtLeast timestamp: Int64, offsets: Range<Offset>,
    resumingAt start: ReadPlan.Position? = nil
  ) -> ReadPlan {
    let wanted = offsets.lowerBound.rawValue..<offsets.upperBound.rawValue
    let least = min(max(timestamp, -62_135_596_800_000), 253_402_300_799_999) * 1000
    let start = start ?? ReadPlan.Position(rowGroup: 0, row: 0)
    let leaves: [Leaf] = [
      .partition, .offset, .timestamp, .timestampMilliseconds, .timestampType, .leaderEpoch,
    ]
    for number in rowGroups.indices.dropFirst(start.rowGroup) {
      let group = rowGroups[number]
      let firstRow = number == start.rowGroup ? start.row : 0
      for candidate in candidates(in: group, partition: partition.rawValue, offsets: wanted) {
        for page in group[.timestamp].pages.indices
        where group[.timestamp].pages[page].maximum >= least {
          var rows = group.rows(of: .timestamp, page: page).clamped(to: candidate.rows)
          rows = rows.clamped(to: firstRow..<max(firstRow, group.rowCount))
          guard !rows.isEmpty else { continue }
          return ReadPlan(
            partition: partition.rawValue, offsets: wanted,
            pieces: [group.piece(number: number, rows: rows, leaves: leaves)],
            next: ReadPlan.Position(rowGroup: number, row: rows.upperBound))
        }
      }
    }
    return ReadPlan(partition: partition.rawValue, offsets: wanted, pieces: [], next: nil)
  }

  /// The row ranges of a row group, ascending and disjoint, that may hold wanted records.
  private func candidates(
    in group: RowGroup, partition: Int32, offsets: Range<Int64>
  ) -> [Candidate] {
    let partitions = group[.partition].pages
    let alone = partitions.allSatisfy { $0.minimum == $0.maximum && $0.minimum == partition }
    var result: [Candidate] = []
    for number in group[.offset].pages.indices {
      let page = group[.offset].pages[number]
      guard page.maximum >= offsets.lowerBound, page.minimum < offsets.upperBound else { continue }
      let rows = group.rows(of: .offset, page: number)
      if alone {
        append(trimmed(rows, page, offsets), to: &result)
        continue
      }
      for other in partitions.indices
      where partitions[other].minimum <= partition && partition <= partitions[other].maximum {
        let both = rows.clamped(to: group.rows(of: .partition, page: other))
        if !both.isEmpty {
          append(Candidate(rows: both, sufficientEnd: both.upperBound), to: &result)
        }
      }
    }
    return result
  }

  /// Joins a candidate to the last one where it follows on it.
  private func append(_ candidate: Candidate, to candidates: inout [Candidate]) {
    if let last = candidates.last, last.rows.upperBound == candidate.rows.lowerBound {
      candidates[candidates.count - 1].rows = last.rows.lowerBound..<candidate.rows.upperBound
    } else {
      candidates.append(candidate)
    }
  }

  /// Narrows a page's rows to where the wanted offsets can be.
  ///
  /// Offsets ascend by at least one a row, and the page's bounds say how many of them are left out
  /// in all: so the row of an offset is known up to that number of gaps.
  private func trimmed(_ rows: Range<Int>, _ page: Page, _ offsets: Range<Int64>) -> Candidate {
    let (span, overflow) = page.maximum.subtractingReportingOverflow(page.minimum)
    let gaps = span - Int64(rows.count) + 1
    guard !overflow, gaps >= 0 else {
      return Candidate(rows: rows, sufficientEnd: rows.upperBound)
    }
    var low = rows.lowerBound
    var sufficient = rows.lowerBound + 1
    if offsets.lowerBound > page.minimum {
      let ahead = offsets.lowerBound - page.minimum
      low += Int(min(max(0, ahead - gaps), Int64(rows.count - 1)))
      sufficient = rows.lowerBound + Int(min(ahead, Int64(rows.count - 1))) + 1
    }
    var high = rows.upperBound
    if offsets.upperBound <= page.maximum {
      high = rows.lowerBound + Int(min(offsets.upperBound - page.minimum, Int64(rows.count)))
    }
    return Candidate(rows: low..<max(low + 1, high), sufficientEnd: sufficient)
  }
}

extension PageIndex.RowGroup {
  /// How far to read from the start of `rows`: to `sufficientEnd`, and on while the budget lasts,
  /// to the border of a page of the largest column.
  func endOfRows(_ rows: Range<Int>, sufficientEnd: Int, budget: inout Int) -> Int {
    let leaves = PageIndex.Leaf.allCases.filter { !self[$0].pages.isEmpty }
    let widest = leaves.max { self[$0].pages.count < self[$1].pages.count }!
    var nextPages = leaves.map { pageNumber(of: $0, row: rows.lowerBound) }
    var end = rows.lowerBound
    for page in pageNumber(of: widest, row: rows.lowerBound)..<self[widest].pages.count {
      let stepEnd = min(self.rows(of: widest, page: page).upperBound, rows.upperBound)
      var cost = 0
      var next = nextPages
      for (index, leaf) in leaves.enumerated() {
        let pages = self[leaf].pages
        while next[index] < pages.count, pages[next[index]].firstRow < stepEnd {
          cost += pages[next[index]].byteCount
          next[index] += 1
        }
      }
      guard end < sufficientEnd || cost <= budget else { break }
      budget -= cost
      nextPages = next
      end = stepEnd
      if end == rows.upperBound { break }
    }
    return end
  }

  /// The pages of some leaves that hold some rows.
  func piece(number: Int, rows: Range<Int>, leaves: [PageIndex.Leaf]) -> ReadPlan.Piece {
    var slices = [ReadPlan.Slice?](repeating: nil, count: PageIndex.Leaf.allCases.count)
    for leaf in leaves where !self[leaf].pages.isEmpty {
      let column = self[leaf]
      let first = column.pages[pageNumber(of: leaf, row: rows.lowerBound)]
      let last = column.pages[pageNumber(of: leaf, row: rows.upperBound - 1)]
      slices[leaf.rawValue] = ReadPlan.Slice(
        codec: column.codec, dictionary: column.dictionary,
        pages: first.position..<last.range.upperBound, firstRow: first.firstRow)
    }
    return ReadPlan.Piece(rowGroup: number, rows: rows, slices: slices)
  }

  /// The page of a leaf that holds a row.
  private func pageNumber(of leaf: PageIndex.Leaf, row: Int) -> Int {
    let pages = self[leaf].pages
    var low = 0
    var high = pages.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if pages[middle].firstRow <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
