import Records

/// A partition by the name of its topic: what a log's directory is called after.
package struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
  package let topic: String
  package let partition: PartitionID

  package init(topic: String, partition: PartitionID) {
    self.topic = topic
    self.partition = partition
  }

  /// Reads `<topic>-<partition>`; nil when it is something else.
  package init?(directoryName name: String) {
    guard let dash = name.lastIndex(of: "-"), dash != name.startIndex else { return nil }
    let digits = name[name.index(after: dash)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let number = Int32(digits), String(number) == digits
    else { return nil }
    self.init(topic: String(name[..<dash]), partition: PartitionID(number))
  }

  /// `<topic>-<partition>`: Kafka's name of the log's directory.
  package var description: String { "\(topic)-\(partition)" }
}
