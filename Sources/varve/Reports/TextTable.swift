/// Columns for people: headings, then rows, each column as wide as its widest cell.
struct TextTable {
  enum Alignment { case left, right }

  private let columns: [(heading: String, alignment: Alignment)]
  private var rows: [[String]] = []

  init(_ columns: [(heading: String, alignment: Alignment)]) { self.columns = columns }

  /// Adds a row with a cell for each column.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count)
    rows.append(cells)
  }

  var text: String {
    let lines = [columns.map(\.heading)] + rows
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      var line = ""
      for (column, cell) in cells.enumerated() {
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        if column > 0 { line += "  " }
        line += columns[column].alignment == .left ? cell + blanks : blanks + cell
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

/// How numbers are written for people.
enum Quantity {
  /// A number, or a dash for one that is not known.
  static func number(_ value: Int64?) -> String { value.map(String.init) ?? "-" }

  /// `1 file`, `2 files`.
  static func count(_ value: Int64, _ singular: String) -> String {
    "\(value) \(singular)\(value == 1 ? "" : "s")"
  }

  /// Bytes with one decimal, in powers of 1,000: `12.3 MB`.
  static func bytes(_ value: Int64) -> String {
    var unit: Int64 = 1_000
    for name in ["kB", "MB", "GB", "TB", "PB"] {
      if value < unit * 1_000 || name == "PB" {
        if value < 1_000 { return "\(value) B" }
        let tenths = value / (unit / 10)
        return "\(tenths / 10).\(tenths % 10) \(name)"
      }
      unit *= 1_000
    }
    return "\(value) B"
  }

  /// A duration in its largest fitting unit: `12 s`, `3 min`, `5 h`, `2 d`.
  static func duration(milliseconds: Int64) -> String {
    switch milliseconds {
    case ..<1_000: "\(max(0, milliseconds)) ms"
    case ..<120_000: "\(milliseconds / 1_000) s"
    case ..<7_200_000: "\(milliseconds / 60_000) min"
    case ..<172_800_000: "\(milliseconds / 3_600_000) h"
    default: "\(milliseconds / 86_400_000) d"
    }
  }
}
