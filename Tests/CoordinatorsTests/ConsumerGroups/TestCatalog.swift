import Records

@testable import Coordinators

/// Topics by name, each with so many partitions; ids come from the names' order of coming.
struct TestCatalog: TopicCatalog, ExpressibleByDictionaryLiteral {
  private(set) var version: Int64 = 1
  private var topics: [String: CatalogTopic] = [:]
  private var nextID: UInt64 = 1

  init(dictionaryLiteral counts: (String, Int32)...) {
    for (name, count) in counts { self[name] = count }
  }

  /// The topic's number of partitions; nil removes it, and a new one has a new id.
  subscript(name: String) -> Int32? {
    get { topics[name]?.partitionCount }
    set {
      version += 1
      guard let newValue else {
        topics[name] = nil
        return
      }
      if topics[name] == nil {
        topics[name] = CatalogTopic(
          id: TopicID(high: 0, low: nextID), name: name, partitionCount: newValue)
        nextID += 1
      }
      topics[name]?.partitionCount = newValue
    }
  }

  var matchableNames: [String] { Array(topics.keys) }
  func topic(named name: String) -> CatalogTopic? { topics[name] }
  func topic(_ id: TopicID) -> CatalogTopic? { topics.values.first { $0.id == id } }
}
