import ObjectStore
import Records
import Testing

@testable import Lake

struct TablePlaceTests {
  private func place(_ topic: String) -> TablePlace {
    TablePlace(
      TableIdentity(clusterID: "c", topic: topic, topicID: TopicID(high: 1, low: 2)))
  }

  @Test func `a table lies below its namespace, by its topic's name and id`() {
    #expect(place("a.topic").prefix == "kafka/a.topic-\(TopicID(high: 1, low: 2))")
  }

  @Test func `every key of the longest topic's table can be stored`() throws {
    let long = place(String(repeating: "n", count: 249))
    try ObjectKey.check(long.hintKey)
    try ObjectKey.check(long.versionKey(Int64.max))
    #expect(long.prefix.hasPrefix("kafka/nnn"))
    #expect(long.prefix.hasSuffix("-\(TopicID(high: 1, low: 2))"))
  }
}
