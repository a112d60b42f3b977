import Testing

@testable import varve

struct LakeReportTests {
  private func report(table: LakeReport.Table? = nil, problem: String? = nil) -> LakeReport {
    LakeReport(
      topic: "orders", topicID: "AAAA", clusterID: "CCCC", settles: true, lake: "file:///lake",
      table: table, problem: problem,
      partitions: [
        .init(
          partition: 0,
          offsets: PartitionOffsets(logStart: 0, localStart: 100, settled: 120, end: 150),
          files: 3, records: 120, bytes: 45_600),
        .init(
          partition: 1,
          offsets: PartitionOffsets(logStart: 5, localStart: 5, settled: nil, end: 12)),
      ], nowMilliseconds: 1_700_000_012_000)
  }

  private let table = LakeReport.Table(
    location: "file:///lake/kafka/orders-AAAA", version: 12, layout: "by-partition",
    snapshotID: 77, snapshots: 1, lastCommitMilliseconds: 1_700_000_000_000, files: 3,
    records: 120, bytes: 45_600, isRolledBack: false)

  @Test func `people see the table, its age, the lag and the tiers`() {
    #expect(
      report(table: table).text == """
        Topic  orders, id AAAA, settles into the lake
        Lake   file:///lake
        Table  file:///lake/kafka/orders-AAAA
               version 12, layout by-partition, 1 snapshot
               last commit 2023-11-14T22:13:20.000Z, 12 s ago
               3 files, 120 records, 45.6 kB
        Lag    37 records not in the lake yet

        PARTITION  LOG START  LOCAL START  SETTLED  END  LAG  FILES  RECORDS     SIZE
                0          0          100      120  150   30      3      120  45.6 kB
                1          5            5        -   12    7      0        0      0 B

        """)
  }

  @Test func `a table that is not there, cannot be read or was set back stands out`() {
    #expect(report().text.contains("Table  none yet: nothing has been committed\n"))
    #expect(report(problem: "no network").text.contains("Table  CANNOT BE READ: no network\n"))
    var back = table
    back.isRolledBack = true
    #expect(report(table: back).text.contains("SET BACK"))
  }

  @Test func `programs see it under stable names`() {
    let fields = report(table: table).json
    guard case .object(let top) = fields else {
      Issue.record("no object")
      return
    }
    #expect(
      top.map(\.name) == [
        "topic", "topic_id", "cluster_id", "settles", "lake", "table", "problem", "lag_records",
        "partitions",
      ])
    #expect(
      top[5].value.text() == """
        {"location": "file:///lake/kafka/orders-AAAA", "version": 12, "layout": "by-partition", \
        "snapshot_id": 77, "snapshots": 1, "last_commit_ms": 1700000000000, \
        "last_commit_age_ms": 12000, "files": 3, "records": 120, "bytes": 45600, "set_back": false}
        """)
    #expect(
      fields.text().contains(
        #"{"partition": 1, "log_start": 5, "local_start": 5, "settled": null, "end": 12, "#
          + #""lag_records": 7, "files": 0, "records": 0, "bytes": 0}"#))
    #expect(fields.text().contains(#""lag_records": 37"#))
    guard case .object(let without) = report(problem: "x").json else { return }
    #expect(without[5].value == .null && without[6].value == .string("x"))
  }

  @Test func `lag counts from the log start when retention is ahead of settling`() {
    let partition = LakeReport.Partition(
      partition: 0, offsets: PartitionOffsets(logStart: 50, localStart: 50, settled: 20, end: 60))
    #expect(partition.lagRecords == 10)
    let silent = LakeReport.Partition(partition: 0, offsets: PartitionOffsets(end: 60))
    #expect(silent.lagRecords == nil)
    var hot = report()
    hot.settles = false
    #expect(hot.lagRecords == nil)
    #expect(hot.text.contains("Lag    none: nothing is to settle\n"))
  }
}
