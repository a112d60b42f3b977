import Coordinators
import Records

/// The broker's topics as groups see them.
struct TopicTableCatalog: TopicCatalog {
  let version: Int64
  private let snapshot: TopicTable.Snapshot

  /// The topics as they are now, or a little newer than `version` says: then they are looked at
  /// once more.
  init(_ table: TopicTable) {
    version = Int64(table.version)
    snapshot = table.snapshot
  }

  var matchableNames: [String] {
    snapshot.byID.values.filter { !$0.isInternal }.map(\.name)
  }

  func topic(named name: String) -> CatalogTopic? { snapshot.topic(named: name).map(catalogued) }

  func topic(_ id: TopicID) -> CatalogTopic? { snapshot.byID[id].map(catalogued) }

  private func catalogued(_ topic: Topic) -> CatalogTopic {
    CatalogTopic(id: topic.id, name: topic.name, partitionCount: Int32(topic.partitionCount))
  }
}
