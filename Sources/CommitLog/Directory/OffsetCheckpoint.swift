// recovery-point-offset-checkpoint, log-start-offset-checkpoint and cleaner-offset-checkpoint
// (Kafka's OffsetCheckpointFile), text in the frame of `CheckpointText`, each entry
// `<topic> <partition> <offset>`.

import Platform
import Records

/// A file that holds one offset for each partition of a directory.
struct OffsetCheckpoint {
  static let recoveryPoint = "recovery-point-offset-checkpoint"
  static let logStart = "log-start-offset-checkpoint"
  static let cleaned = "cleaner-offset-checkpoint"

  let fileSystem: any FileSystem
  let path: String

  /// The offsets; none when there is no file. A file in another format is `.corrupt`.
  func read() throws(StorageError) -> [TopicPartition: Offset] {
    guard fileSystem.exists(path) else { return [:] }
    let text = String(decoding: try fileSystem.readAll(path), as: UTF8.self)
    guard let offsets = OffsetCheckpoint.parse(text) else {
      throw .corrupt(file: path, position: 0, reason: "it is not a checkpoint of offsets")
    }
    return offsets
  }

  /// Replaces the file, durably.
  func write(text: String) throws(StorageError) {
    try fileSystem.replace(path, with: Array(text.utf8))
  }

  static func format(_ offsets: [TopicPartition: Offset]) -> String {
    CheckpointText.format(
      offsets.map { "\($0.key.topic) \($0.key.partition) \($0.value)" }.sorted())
  }

  static func parse(_ text: String) -> [TopicPartition: Offset]? {
    guard let lines = CheckpointText.parse(text, fields: 3) else { return nil }
    var offsets: [TopicPartition: Offset] = [:]
    for fields in lines {
      guard !fields[0].isEmpty, let partition = Int32(fields[1]), partition >= 0,
        let offset = Int64(fields[2]), offset >= 0
      else { return nil }
      let key = TopicPartition(topic: String(fields[0]), partition: PartitionID(partition))
      offsets[key] = Offset(offset)
    }
    return offsets
  }
}
