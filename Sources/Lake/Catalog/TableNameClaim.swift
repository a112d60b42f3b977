import Foundation
import ObjectStore
import Platform

/// Sees to it that no two topics use one table name.
///
/// The claim is a small JSON object `<namespace>/_names/<table name>.json`, made by conditional
/// create. A topic that was deleted and made anew takes the name over; its old table stays where it
/// is. Another topic, or another cluster on the same bucket, is refused.
struct TableNameClaim: Sendable {
  let store: TableStore

  /// What the object holds.
  private struct Holder: Codable, Equatable {
    var topic: String
    var topicID: String
    var clusterID: String
    var location: String

    private enum CodingKeys: String, CodingKey {
      case topic, location
      case topicID = "topic-id"
      case clusterID = "cluster-id"
    }
  }

  private var identity: TableIdentity { store.identity }

  private var key: String { "\(identity.namespace)/_names/\(identity.tableName).json" }

  /// Throws `mismatch` when the name belongs to another topic.
  func claim() async throws(LakeError) {
    let ours = Holder(
      topic: identity.topic, topicID: identity.topicID.description,
      clusterID: identity.clusterID, location: store.location)
    let body = ByteBlock(try IcebergJSON.bytes(ours))
    for attempt in 0..<10 {
      var whose: String?
      do throws(ObjectStoreError) {
        let found = try await store.store.getIfPresent(key)
        let holder = found.flatMap {
          try? JSONDecoder().decode(Holder.self, from: Data($0.body.bytes))
        }
        if holder == ours { return }
        whose = holder.flatMap(owner)
        if whose == nil { return try await put(body, over: found?.summary) }
      } catch {
        switch CreateAnswer(error) {
        case .exists, .unclear: if attempt == 9 { throw .store(error) }
        case .refused, .cancelled: throw .store(error)
        }
      }
      if let whose {
        throw .mismatch(
          table: store.location,
          reason: "the table name '\(identity.namespace).\(identity.tableName)' belongs to \(whose)"
            + "; give this broker its own lake.namespace or lake.url, or the topic another name"
        )
      }
      await store.pause(boundMilliseconds: 100 << Int64(attempt))
    }
  }

  /// Lets go of the name, if it is this topic's.
  func release() async throws(ObjectStoreError) {
    guard let found = try await store.store.getIfPresent(key),
      let holder = try? JSONDecoder().decode(Holder.self, from: Data(found.body.bytes)),
      holder.topicID == identity.topicID.description, holder.clusterID == identity.clusterID
    else { return }
    try await store.store.delete(key)
  }

  private func put(_ body: ByteBlock, over found: ObjectSummary?)
    async throws(ObjectStoreError)
  {
    var condition = PutCondition.ifAbsent
    if let found { condition = found.etag.map { .ifMatch(etag: $0) } ?? .none }
    try await store.store.put(key, body, condition: condition)
  }

  /// Whose the name is; nil when its holder was an earlier topic of the same name.
  private func owner(_ holder: Holder) -> String? {
    if holder.clusterID != identity.clusterID {
      return "topic '\(holder.topic)' of cluster \(holder.clusterID)"
    }
    return holder.topic == identity.topic ? nil : "topic '\(holder.topic)'"
  }
}
