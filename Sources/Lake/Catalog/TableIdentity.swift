import Records

/// Whose records a table holds; written into its properties and checked whenever it is loaded.
package struct TableIdentity: Equatable, Sendable {
  package let clusterID: String
  package let topic: String
  package let topicID: TopicID
  /// The Iceberg namespace (broker config `lake.namespace`).
  package let namespace: String

  package init(clusterID: String, topic: String, topicID: TopicID, namespace: String = "kafka") {
    self.clusterID = clusterID
    self.topic = topic
    self.topicID = topicID
    self.namespace = namespace
  }

  /// The table's name for SQL: the topic's with dots and capitals mapped, since many engines take
  /// neither. Two topics can map to one name; `TableNameClaim` refuses the second.
  package var tableName: String {
    String(decoding: topic.utf8.map { $0 == 0x2e ? 0x5f : $0 }, as: UTF8.self).lowercased()
  }

  package var properties: [String: String] {
    [
      TableProperty.clusterID: clusterID, TableProperty.topic: topic,
      TableProperty.topicID: topicID.description,
    ]
  }

  /// Throws `mismatch` when the properties name another cluster or topic.
  package func check(_ properties: [String: String], table: String) throws(LakeError) {
    for (key, ours) in self.properties.sorted(by: { $0.key < $1.key }) {
      guard properties[key] == ours else {
        throw .mismatch(
          table: table, reason: "its \(key) is '\(properties[key] ?? "")', ours is '\(ours)'")
      }
    }
  }
}
