import Testing

@testable import Coordinators

struct OffsetsTopicTests {
  @Test(arguments: [
    // The hash codes are Java's: "".hashCode() == 0, "a" 97, "ab" 3105
    ("", 50, 0), ("a", 50, 47), ("ab", 50, 5), ("console-consumer-12345", 50, 6),
    // This string's hash is Int32.min, whose absolute value is taken for 0.
    ("polygenelubricants", 50, 0),
    // Beyond the basic plane Java counts surrogates.
    ("😀", 1000, 899),
  ])
  func `a group's partition is the one Kafka gives it`(
    _ group: String, _ count: Int, _ expected: Int
  ) {
    let partition = OffsetsTopic.partition(ofGroup: group, partitionCount: count)
    #expect(Int(partition.rawValue) == expected)
  }
}
