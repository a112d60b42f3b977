// partition.metadata (Kafka's PartitionMetadataFile), text: `version: 0`, `topic_id: <base64>`.

import Records

/// The file that tells which topic, by id, a partition's directory belongs to.
enum PartitionMetadata {
  static let fileName = "partition.metadata"

  static func format(_ id: TopicID) -> String { "version: 0\ntopic_id: \(id)\n" }

  /// The topic's id; nil when the text is not in the format.
  static func parse(_ text: String) -> TopicID? {
    let lines = text.split(separator: "\n")
    let prefix = "topic_id: "
    guard lines.count == 2, lines[0] == "version: 0", lines[1].hasPrefix(prefix) else {
      return nil
    }
    return TopicID(String(lines[1].dropFirst(prefix.count)))
  }
}
