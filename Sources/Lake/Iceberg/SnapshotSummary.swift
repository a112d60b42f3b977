/// Makes the summary of a snapshot (spec, appendix F): all values are strings.
package enum SnapshotSummary {
  /// What a commit does to the contents of a table.
  package enum Operation: String, Sendable {
    case append
    /// Files leave the table.
    case delete
    /// Files are exchanged for others with the same rows.
    case replace
  }

  /// Files, rows and bytes of one side of a change.
  package struct Count: Equatable, Sendable {
    package var files: Int64 = 0
    package var records: Int64 = 0
    package var byteCount: Int64 = 0

    package init() {}

    package init(_ dataFiles: some Sequence<DataFile>) {
      for file in dataFiles {
        files += 1
        records += file.recordCount
        byteCount += file.byteCount
      }
    }
  }

  /// The summary that follows `parent`'s; `commitID` makes a commit findable for its writer.
  package static func make(
    _ operation: Operation, added: Count, removed: Count, parent: [String: String]?,
    commitID: CommitID
  ) -> [String: String] {
    func total(_ key: String, _ plus: Int64, _ minus: Int64) -> String {
      String(max(0, (parent?[key].flatMap { Int64($0) } ?? 0) + plus - minus))
    }
    var summary = [
      "operation": operation.rawValue,
      "total-records": total("total-records", added.records, removed.records),
      "total-data-files": total("total-data-files", added.files, removed.files),
      "total-files-size": total("total-files-size", added.byteCount, removed.byteCount),
      "total-delete-files": "0",
      "total-position-deletes": "0",
      "total-equality-deletes": "0",
      TableProperty.commitID: commitID.description,
    ]
    if added.files > 0 {
      summary["added-data-files"] = String(added.files)
      summary["added-records"] = String(added.records)
      summary["added-files-size"] = String(added.byteCount)
    }
    if removed.files > 0 {
      summary["deleted-data-files"] = String(removed.files)
      summary["deleted-records"] = String(removed.records)
      summary["removed-files-size"] = String(removed.byteCount)
    }
    return summary
  }
}
