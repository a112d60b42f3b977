// meta.properties (Kafka's MetaProperties, version 1), Java properties text: `version=1`,
// `cluster.id`, `node.id`, `directory.id`.

import Records

/// What a data directory says about whose it is.
package struct MetaProperties: Sendable, Equatable {
  static let fileName = "meta.properties"

  package let clusterID: String
  package let nodeID: Int32
  package let directoryID: TopicID

  package init(clusterID: String, nodeID: Int32, directoryID: TopicID) {
    self.clusterID = clusterID
    self.nodeID = nodeID
    self.directoryID = directoryID
  }

  /// Reads the file's text; nil when something is missing or malformed. Unknown keys are ignored.
  init?(text: String) {
    var values: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let equals = line.firstIndex(of: "=") else { return nil }
      values[line[..<equals]] = line[line.index(after: equals)...]
    }
    guard values["version"] == "1", let cluster = values["cluster.id"], !cluster.isEmpty,
      let node = values["node.id"].flatMap({ Int32($0) }),
      let directory = values["directory.id"].flatMap({ TopicID(String($0)) })
    else { return nil }
    self.init(clusterID: String(cluster), nodeID: node, directoryID: directory)
  }

  /// The file's text.
  var text: String {
    """
    version=1
    cluster.id=\(clusterID)
    node.id=\(nodeID)
    directory.id=\(directoryID)

    """
  }
}
