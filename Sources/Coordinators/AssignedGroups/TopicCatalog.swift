import Records

/// The topics that there are, as consumer and share groups see them.
package protocol TopicCatalog: Sendable {
  /// Changes whenever a topic does.
  var version: Int64 { get }
  /// The names of all topics but the internal ones: what a regular expression may match.
  var matchableNames: [String] { get }
  func topic(named name: String) -> CatalogTopic?
  func topic(_ id: TopicID) -> CatalogTopic?
}

/// What assignment needs to know of a topic.
package struct CatalogTopic: Equatable, Sendable {
  package var id: TopicID
  package var name: String
  package var partitionCount: Int32

  package init(id: TopicID, name: String, partitionCount: Int32) {
    self.id = id
    self.name = name
    self.partitionCount = partitionCount
  }
}

/// A catalog before anything is known: no topics.
struct EmptyCatalog: TopicCatalog {
  let version: Int64 = -1
  let matchableNames: [String] = []
  func topic(named name: String) -> CatalogTopic? { nil }
  func topic(_ id: TopicID) -> CatalogTopic? { nil }
}
