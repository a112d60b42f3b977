import KafkaProtocol
import Records
import Synchronization

/// Finds topics by name or id.
///
/// Every loop keeps its own copy of the newest table and looks at one atomic number per request to
/// see whether it is still the newest, so a lookup takes no lock.
final class TopicTable: Sendable {
  /// One state of the table, which never changes.
  final class Snapshot: Sendable {
    let byName: [WireString: Topic]
    let byID: [TopicID: Topic]
    /// Grows from one state to the next.
    let version: Int

    init(_ topics: some Sequence<Topic>, version: Int) {
      var byName: [WireString: Topic] = [:]
      var byID: [TopicID: Topic] = [:]
      for topic in topics {
        byName[topic.wireName] = topic
        byID[topic.id] = topic
      }
      self.byName = byName
      self.byID = byID
      self.version = version
    }

    func topic(named name: String) -> Topic? { byName[WireString(name)] }
  }

  private let newest = Mutex(Snapshot([], version: 0))
  private let changes = Atomic<Int>(0)

  /// Grows with every `update`.
  var version: Int { changes.load(ordering: .acquiring) }

  var snapshot: Snapshot { newest.withLock { $0 } }

  /// Replaces the table by what `change` makes of it; one caller at a time.
  func update(_ change: (inout [TopicID: Topic]) -> Void) {
    newest.withLock { snapshot in
      var topics = snapshot.byID
      change(&topics)
      snapshot = Snapshot(topics.values, version: snapshot.version + 1)
    }
    changes.wrappingAdd(1, ordering: .acquiringAndReleasing)
  }
}
