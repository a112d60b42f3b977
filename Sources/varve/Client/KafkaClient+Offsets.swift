import KafkaProtocol
import Records

/// The offsets that tell a partition's tiers apart; nil where the broker does not say.
struct PartitionOffsets: Equatable {
  /// The first record that can be consumed.
  var logStart: Int64?
  /// The first record on the broker's own disk.
  var localStart: Int64?
  /// One past the last record in the lake; nil also when none of the log is there yet.
  var settled: Int64?
  /// One past the last record that can be consumed.
  var end: Int64?
}

extension KafkaClient {
  /// Asks for the offsets of partitions, the ends last, so that none lies before the others.
  ///
  /// One broker holds all partitions; with several, each leader is to be asked for its own.
  func offsets(
    of topic: String, _ partitions: [PartitionID]
  ) throws(CommandError) -> [PartitionID: PartitionOffsets] {
    var result: [PartitionID: PartitionOffsets] = [:]
    for partition in partitions { result[partition] = PartitionOffsets() }
    let version = self.version(of: ListOffsetsRequest.api) ?? 0
    // Timestamps that stand for places, and the first version that has them (KIP-405, KIP-1005).
    for (partition, offset) in try offsets(of: topic, partitions, at: -2) {
      result[partition]?.logStart = offset
    }
    if version >= 8 {
      for (partition, offset) in try offsets(of: topic, partitions, at: -4) {
        result[partition]?.localStart = offset
      }
    }
    if version >= 9 {
      for (partition, offset) in try offsets(of: topic, partitions, at: -5) where offset >= 0 {
        result[partition]?.settled = offset + 1
      }
    }
    for (partition, offset) in try offsets(of: topic, partitions, at: -1) {
      result[partition]?.end = offset
    }
    return result
  }

  private func offsets(
    of topic: String, _ partitions: [PartitionID], at timestamp: Int64
  ) throws(CommandError) -> [(PartitionID, Int64)] {
    let answer = try ask(
      ListOffsetsRequest {
        $0.replicaID = -1
        $0.timeoutMilliseconds = Int32(clamping: timeoutMilliseconds)
        $0.topics = [
          ListOffsetsRequest.Topic {
            $0.name = topic
            $0.partitions = partitions.map { partition in
              ListOffsetsRequest.Partition {
                $0.partitionIndex = partition
                $0.timestamp = timestamp
              }
            }
          }
        ]
      })
    var result: [(PartitionID, Int64)] = []
    for entry in answer.topics.first?.partitions ?? [] {
      try accept(
        entry.errorCode, nil, "read the offsets of \(topic)-\(entry.partitionIndex)")
      result.append((entry.partitionIndex, entry.offset.rawValue))
    }
    return result
  }
}
