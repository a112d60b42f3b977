import Platform

/// What `varve lake describe` says of a topic: its tiers, and the table that holds the cold one.
struct LakeReport: Equatable {
  /// The table as its current version has it.
  struct Table: Equatable {
    var location: String
    var version: Int64
    var layout: String
    var snapshotID: Int64?
    var snapshots: Int
    /// When the current version was made; milliseconds since 1970.
    var lastCommitMilliseconds: Int64
    var files: Int64
    var records: Int64
    var bytes: Int64
    /// Somebody set the table back to before its settled snapshot: settling has stopped.
    var isRolledBack: Bool
  }

  struct Partition: Equatable {
    var partition: Int32
    var offsets: PartitionOffsets
    var files: Int64 = 0
    var records: Int64 = 0
    var bytes: Int64 = 0

    /// Records that are on the broker's disk alone; nil where the broker does not say.
    var lagRecords: Int64? {
      guard let end = offsets.end, let logStart = offsets.logStart else { return nil }
      return max(0, end - max(offsets.settled ?? logStart, logStart))
    }
  }

  var topic: String
  var topicID: String
  var clusterID: String
  /// Whether the topic's records go to the lake (remote.storage.enable).
  var settles: Bool
  /// The lake's URL.
  var lake: String
  /// Nil before the first commit, and when the table cannot be read.
  var table: Table?
  /// Why the table cannot be read.
  var problem: String?
  var partitions: [Partition]
  /// When this was asked; milliseconds since 1970.
  var nowMilliseconds: Int64

  /// Nil for a topic that does not settle: all of it stays on the disk, and nothing is late.
  var lagRecords: Int64? {
    partitions.reduce(Int64?(0)) { sum, partition in
      lagRecords(of: partition).flatMap { lag in sum.map { $0 + lag } }
    }
  }

  private func lagRecords(of partition: Partition) -> Int64? {
    settles ? partition.lagRecords : nil
  }

  var lastCommitAgeMilliseconds: Int64? {
    table.map { max(0, nowMilliseconds - $0.lastCommitMilliseconds) }
  }

  var text: String {
    var text = "Topic  \(topic), id \(topicID), "
    text += settles ? "settles into the lake\n" : "does not settle (remote.storage.enable=false)\n"
    text += "Lake   \(lake)\n"
    if let table {
      text += "Table  \(table.location)\n"
      text += "       version \(table.version), layout \(table.layout), "
      text += Quantity.count(Int64(table.snapshots), "snapshot") + "\n"
      text += "       last commit \(timestamp(table.lastCommitMilliseconds)), "
      text += Quantity.duration(milliseconds: lastCommitAgeMilliseconds ?? 0) + " ago\n"
      text += "       \(Quantity.count(table.files, "file")), "
      text += "\(Quantity.count(table.records, "record")), \(Quantity.bytes(table.bytes))\n"
      if table.isRolledBack {
        text += "       SET BACK to before what is settled, by other software: settling stops\n"
      }
    } else if let problem {
      text += "Table  CANNOT BE READ: \(problem)\n"
    } else {
      text += "Table  none yet: nothing has been committed\n"
    }
    text += "Lag    "
    text +=
      lagRecords.map { "\(Quantity.count($0, "record")) not in the lake yet" }
      ?? (settles ? "unknown" : "none: nothing is to settle")
    return text + "\n\n" + tiers
  }

  /// A line for each partition.
  private var tiers: String {
    var table = TextTable([
      ("PARTITION", .right), ("LOG START", .right), ("LOCAL START", .right), ("SETTLED", .right),
      ("END", .right), ("LAG", .right), ("FILES", .right), ("RECORDS", .right), ("SIZE", .right),
    ])
    for partition in partitions {
      let offsets = partition.offsets
      table.add(
        ["\(partition.partition)"]
          + [
            offsets.logStart, offsets.localStart, offsets.settled, offsets.end,
            lagRecords(of: partition),
          ].map(Quantity.number)
          + ["\(partition.files)", "\(partition.records)", Quantity.bytes(partition.bytes)])
    }
    return table.text
  }

  var json: JSONValue {
    .object([
      .init("topic", .string(topic)),
      .init("topic_id", .string(topicID)),
      .init("cluster_id", .string(clusterID)),
      .init("settles", .bool(settles)),
      .init("lake", .string(lake)),
      .init("table", table.map(json) ?? .null),
      .init("problem", .string(problem)),
      .init("lag_records", .integer(lagRecords)),
      .init("partitions", .array(partitions.map(json))),
    ])
  }

  private func json(_ table: Table) -> JSONValue {
    .object([
      .init("location", .string(table.location)),
      .init("version", .integer(table.version)),
      .init("layout", .string(table.layout)),
      .init("snapshot_id", .integer(table.snapshotID)),
      .init("snapshots", .integer(table.snapshots)),
      .init("last_commit_ms", .integer(table.lastCommitMilliseconds)),
      .init("last_commit_age_ms", .integer(lastCommitAgeMilliseconds)),
      .init("files", .integer(table.files)),
      .init("records", .integer(table.records)),
      .init("bytes", .integer(table.bytes)),
      .init("set_back", .bool(table.isRolledBack)),
    ])
  }

  private func json(_ partition: Partition) -> JSONValue {
    let offsets = partition.offsets
    return .object([
      .init("partition", .integer(Int64(partition.partition))),
      .init("log_start", .integer(offsets.logStart)),
      .init("local_start", .integer(offsets.localStart)),
      .init("settled", .integer(offsets.settled)),
      .init("end", .integer(offsets.end)),
      .init("lag_records", .integer(lagRecords(of: partition))),
      .init("files", .integer(partition.files)),
      .init("records", .integer(partition.records)),
      .init("bytes", .integer(partition.bytes)),
    ])
  }
}
