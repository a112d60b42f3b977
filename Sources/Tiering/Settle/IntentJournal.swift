import Foundation  // JSON of the notes; a few a minute.
import Platform
import Records

/// Keeps the intents: one small JSON file each, `<topic id>.<commit id>.json`, replaced atomically
/// and synced. A topic's files belong to its settler alone.
struct IntentJournal: Sendable {
  let fileSystem: any FileSystem
  let directory: String

  /// Makes `intent` durable, in place of its earlier form.
  func write(_ intent: SettleIntent) throws(StorageError) {
    let bytes: Data
    do { bytes = try JSONEncoder().encode(intent) } catch {
      preconditionFailure("an intent cannot be encoded: \(error)")
    }
    if !fileSystem.exists(directory) { try fileSystem.makeDirectoryDurably(directory) }
    try fileSystem.replace(path(intent), with: Array(bytes))
  }

  /// Forgets an intent; durable when it returns.
  func remove(_ intent: SettleIntent) throws(StorageError) {
    try fileSystem.remove(path(intent))
    try fileSystem.syncDirectory(directory)
  }

  /// The topic's intents that a crash left.
  ///
  /// A file that is no intent is set aside, so that it does not stop the topic for ever:
  /// settling is safe without it, only its objects are not found any more.
  func intents(
    of topic: TopicID, onDamage: (_ path: String, _ reason: String) -> Void = { _, _ in }
  ) throws(StorageError) -> [SettleIntent] {
    guard fileSystem.exists(directory) else { return [] }
    var found: [SettleIntent] = []
    for entry in try fileSystem.list(directory) where entry.name.hasPrefix("\(topic).") {
      let path = "\(directory)/\(entry.name)"
      // A crash cut its writing off; the intent itself is as it was before.
      if entry.name.hasSuffix(".tmp") { try fileSystem.remove(path) }
      guard entry.name.hasSuffix(".json") else { continue }
      let bytes = try fileSystem.readAll(path)
      do {
        found.append(try JSONDecoder().decode(SettleIntent.self, from: Data(bytes)))
      } catch {
        onDamage(path, "\(error)")
        try fileSystem.rename(path, to: path + ".damaged")
      }
    }
    return found
  }

  private func path(_ intent: SettleIntent) -> String {
    "\(directory)/\(intent.topicID).\(intent.commitID).json"
  }
}
