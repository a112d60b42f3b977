import Foundation  // JSON of the notes; a few a minute.
import Platform
import Records

/// Keeps the intents: one small JSON file each, `<commit id>.json`, replaced atomically and synced.
struct IntentJournal: Sendable {
  let fileSystem: any FileSystem
  let directory: String

  /// Makes `intent` durable, in place of its earlier form.
  func write(_ intent: SettleIntent) throws(StorageError) {
    let bytes: Data
    do { bytes = try JSONEncoder().encode(intent) } catch {
      preconditionFailure("an intent cannot be encoded: \(error)")
    }
    try fileSystem.makeDirectory(directory)
    try fileSystem.replace(path(intent.commitID), with: Array(bytes))
  }

  /// Forgets an intent; durable when it returns.
  func remove(_ intent: SettleIntent) throws(StorageError) {
    try fileSystem.remove(path(intent.commitID))
    try fileSystem.syncDirectory(directory)
  }

  /// The topic's intents that a crash left.
  func intents(of topic: TopicID) throws(StorageError) -> [SettleIntent] {
    guard fileSystem.exists(directory) else { return [] }
    var found: [SettleIntent] = []
    for entry in try fileSystem.list(directory) where entry.name.hasSuffix(".json") {
      let path = "\(directory)/\(entry.name)"
      let bytes = try fileSystem.readAll(path)
      do {
        let intent = try JSONDecoder().decode(SettleIntent.self, from: Data(bytes))
        if intent.topicID == topic.description { found.append(intent) }
      } catch {
        throw .corrupt(file: path, position: 0, reason: "not an intent: \(error)")
      }
    }
    return found
  }

  private func path(_ commitID: String) -> String { "\(directory)/\(commitID).json" }
}
