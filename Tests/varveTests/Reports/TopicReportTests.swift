import Testing

@testable import varve

struct TopicReportTests {
  private var report: TopicReport {
    TopicReport(
      topic: "orders", topicID: "AAAA", isInternal: false,
      partitions: [
        .init(
          partition: 0, leader: 1, leaderEpoch: 4, replicas: [1], inSyncReplicas: [1],
          offsets: PartitionOffsets(logStart: 0, localStart: 100, settled: 120, end: 150)),
        .init(
          partition: 1, leader: 1, leaderEpoch: 4, replicas: [1], inSyncReplicas: [1],
          offsets: PartitionOffsets(logStart: 0, localStart: 0, settled: nil, end: 7)),
      ],
      configs: [
        .init(name: "retention.ms", value: "-1", source: 1),
        .init(name: "segment.bytes", value: "65536", source: 4),
      ])
  }

  @Test func `people see configs, who set them, and a line for each partition`() {
    #expect(
      report.text == """
        Topic orders, 2 partitions
        Id    AAAA

        CONFIG         VALUE  SET
        retention.ms   -1     by topic
        segment.bytes  65536  by broker

        PARTITION  LEADER  EPOCH  LOG START  LOCAL START  SETTLED  END
                0       1      4          0          100      120  150
                1       1      4          0            0        -    7

        """)
  }

  @Test func `programs see the same under stable names`() {
    #expect(
      report.json.text() == """
        {
          "topic": "orders",
          "topic_id": "AAAA",
          "internal": false,
          "partitions": [
            {
              "partition": 0,
              "leader": 1,
              "leader_epoch": 4,
              "replicas": [1],
              "in_sync_replicas": [1],
              "log_start": 0,
              "local_start": 100,
              "settled": 120,
              "end": 150
            },
            {
              "partition": 1,
              "leader": 1,
              "leader_epoch": 4,
              "replicas": [1],
              "in_sync_replicas": [1],
              "log_start": 0,
              "local_start": 0,
              "settled": null,
              "end": 7
            }
          ],
          "configs": {
            "retention.ms": {"value": "-1", "set_by": "topic"},
            "segment.bytes": {"value": "65536", "set_by": "broker"}
          }
        }
        """)
  }
}
