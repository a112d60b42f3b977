import Platform
import Records
import Testing

@testable import Cluster

struct MetadataLogTests {
  private let directory = TemporaryDirectory()
  private let clock = ManualClock()

  private func open(maximumBytes: Int64 = 20 << 20) throws(StorageError) -> Cluster {
    let log = try MetadataLog(
      in: directory.path, fileSystem: PosixFileSystem(), clock: clock, maximumBytes: maximumBytes)
    return Cluster(log: log, clusterID: "c", nodeID: 7)
  }

  private func create(_ name: String, _ id: UInt64, in cluster: Cluster) throws {
    let commands = TopicCommands(broker: ConfigSet(keys: BrokerKeys.all), nodeID: 7)
    let request = TopicRequest(
      name: name, partitionCount: 3, configs: [("retention.ms", "5000")])
    try cluster.change { (image) throws(Refusal) in
      try commands.create(request, id: TopicID(high: 1, low: id), in: image)
    }
  }

  @Test func `what was changed is there after a restart`() throws {
    var cluster = try open()
    try create("a", 1, in: cluster)
    try create("b", 2, in: cluster)
    try cluster.change { (image) throws(Refusal) in [.removeTopic(TopicID(high: 1, low: 1))] }
    try cluster.raiseLeaderEpochs()
    cluster = try open()
    #expect(cluster.image.topic(named: "a") == nil)
    let topic = try #require(cluster.image.topic(named: "b"))
    #expect(topic.leaderEpochs == [LeaderEpoch(1), LeaderEpoch(1), LeaderEpoch(1)])
    #expect(topic.configs == ["retention.ms": "5000"])
  }

  @Test func `a torn last batch is cut off, at every length`() throws {
    var cluster = try open()
    try create("a", 1, in: cluster)
    let path = "\(directory.path)/\(MetadataLog.directoryName)/00000000000000000000.log"
    let whole = try PosixFileSystem().readAll(path).count
    try create("b", 2, in: cluster)
    let bytes = try PosixFileSystem().readAll(path)
    for end in stride(from: whole, to: bytes.count, by: 7) {
      try PosixFileSystem().replace(path, with: Array(bytes[..<end]))
      cluster = try open()
      #expect(Set(cluster.image.idsByName.keys) == ["a"])
    }
    try create("c", 3, in: cluster)
    #expect(Set(try open().image.idsByName.keys) == ["a", "c"])
  }

  @Test func `a large log is folded into a checkpoint`() throws {
    var cluster = try open(maximumBytes: 2000)
    for index in 0..<40 { try create("t\(index)", UInt64(index + 10), in: cluster) }
    let names = try PosixFileSystem().list("\(directory.path)/\(MetadataLog.directoryName)")
    #expect(names.count == 2)
    cluster = try open(maximumBytes: 2000)
    #expect(cluster.image.topics.count == 40)
    #expect(cluster.image.topic(named: "t39")?.configs == ["retention.ms": "5000"])
  }

  @Test func `a producer id is never given twice, also over a restart`() throws {
    var seen: Set<Int64> = []
    for _ in 0..<3 {
      let cluster = try open()
      for _ in 0..<1500 {
        let id = try cluster.nextProducerID()
        #expect(seen.insert(id).inserted)
      }
    }
  }

  @Test func `every record reads back and no shorter prefix is taken for it`() {
    let id = TopicID(high: 3, low: 4)
    let records: [MetadataRecord] = [
      .topic(name: "n", id: id),
      .partition(topic: id, partition: PartitionID(2), leader: 1, epoch: LeaderEpoch(9)),
      .leaderChange(topic: id, partition: PartitionID(2), leader: 1), .removeTopic(id),
      .topicConfig(topic: "n", name: "a", value: nil),
      .topicConfig(topic: "n", name: "a", value: ""),
      .config(ConfigResource(.broker, ""), name: "b", value: "x"),
      .config(ConfigResource(.group, "g"), name: "b", value: nil),
      .producerIDs(broker: 1, next: 1 << 40),
      .quota(
        entity: QuotaEntity(user: .exactly("u"), clientID: .byDefault), key: "k", value: 0.5),
      .quota(entity: QuotaEntity(ip: .exactly("::1")), key: "k", value: nil),
    ]
    for record in records {
      var writer = ByteWriter()
      record.encode(into: &writer)
      let block = writer.finish()
      #expect(MetadataRecord(block.bytes) == record)
      // The last byte counts tagged fields, of which there are none to miss.
      for end in 0..<block.count - 1 {
        let short = UnsafeRawBufferPointer(rebasing: block.bytes[..<end])
        #expect(MetadataRecord(short) == nil)
      }
    }
  }
}

/// A directory of its own for one test, removed at its end.
private final class TemporaryDirectory {
  let path: String

  init() {
    path = "/tmp/varve-test-\(SystemRandom().next())"
    try? PosixFileSystem().makeDirectory(path)
  }

  deinit { try? PosixFileSystem().removeTree(path) }
}
