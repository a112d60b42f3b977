import CommitLog
import KafkaProtocol
import Platform
import Records

@testable import Broker

/// One partition of an internal topic in a directory of its own, for tests of what is written to it
/// and read back.
final class CoordinatorLog {
  let path = "/tmp/varve-coordinator-\(SystemRandom().next())"
  let files = PosixFileSystem()
  let log = Logger(part: "test", minimum: .error)
  let partition: Partition
  private let logs: LogDirectory

  init(topic: String) throws {
    try files.makeDirectory(path)
    logs = try LogDirectory.open(
      path, nodeID: 1,
      environment: LogEnvironment(
        fileSystem: files, clock: ManualClock(), random: SeededRandom(seed: 1), logger: log,
        recoveryThreads: 1)
    ) { _ in LogConfig() }
    let name = TopicPartition(topic: topic, partition: PartitionID(0))
    let id = TopicID(high: 1, low: 1)
    partition = Partition(
      topicName: name.topic, topicID: id, id: name.partition,
      log: try logs.create([name], topicID: id, config: LogConfig())[0], epoch: LeaderEpoch(0),
      holdsAtSynced: false)
  }

  deinit {
    try? logs.close()
    try? files.removeTree(path)
  }
}
