import KafkaProtocol
import Platform
import Testing

@testable import Cluster

struct ConfigCommandsTests {
  private let started: ConfigSet
  private let commands: ConfigCommands
  private var image = ClusterImage()

  init() throws {
    started = try BrokerConfig(
      file: PropertiesFile(path: "p", text: "log.retention.ms=7000\nmessage.max.bytes=900")
    ).values
    commands = ConfigCommands(started: started, nodeID: 1)
  }

  private mutating func alter(_ resource: ConfigResource, _ changes: [String: String?])
    throws(Refusal)
  {
    for record in try commands.alter(resource, changes, in: image) { image.replay(record) }
  }

  private var values: ConfigSet { image.values(over: started, broker: 1) }

  @Test mutating func `a broker's value wins over that of all, that over the file's`() throws {
    #expect(values.setting("message.max.bytes")?.source == .staticBroker)
    try alter(ConfigResource(.broker, ""), ["message.max.bytes": "800"])
    #expect(values.setting("message.max.bytes")?.source == .dynamicDefaultBroker)
    try alter(ConfigResource(.broker, "1"), ["message.max.bytes": "700"])
    #expect(values.int("message.max.bytes") == 700)
    #expect(
      values.synonyms(of: "message.max.bytes") == [
        .init("message.max.bytes", "700", .dynamicBroker),
        .init("message.max.bytes", "800", .dynamicDefaultBroker),
        .init("message.max.bytes", "900", .staticBroker),
        .init("message.max.bytes", "1048588", .builtIn),
      ])
    #expect(TopicConfig(overrides: [:], broker: values, isInternal: false).maxMessageBytes == 700)
    try alter(ConfigResource(.broker, "1"), ["message.max.bytes": nil])
    try alter(ConfigResource(.broker, ""), ["message.max.bytes": nil])
    #expect(values.int("message.max.bytes") == 900)
    #expect(image.configs.isEmpty)
  }

  @Test mutating func `a snapshot keeps the configs of every kind`() throws {
    try alter(ConfigResource(.broker, ""), ["log.segment.bytes": "4096"])
    try alter(ConfigResource(.group, "g"), ["consumer.session.timeout.ms": "50000"])
    try alter(
      ConfigResource(.clientMetrics, "s"), ["interval.ms": "100", "match": "client_id=a.*"])
    var copy = ClusterImage()
    for record in image.records(leader: 1) { copy.replay(record) }
    #expect(copy.configs == image.configs)
    #expect(copy.configs.count == 3)
  }

  @Test(arguments: [
    (ConfigResource(.broker, "1"), "log.dirs", "/x", ErrorCode.invalidRequest, "dynamically"),
    (ConfigResource(.broker, ""), "num.network.threads", "3", .invalidRequest, "dynamically"),
    (ConfigResource(.broker, ""), "log.cleanup.policy", "compact", .invalidRequest, "dynamically"),
    (ConfigResource(.broker, "2"), "log.segment.bytes", "4096", .invalidRequest, "broker id"),
    (ConfigResource(.broker, "x"), "log.segment.bytes", "4096", .invalidRequest, "an integer"),
    (ConfigResource(.broker, ""), "log.segment.bytes", "12", .invalidRequest, "at least 1024"),
    (ConfigResource(.broker, ""), "log.segment.byte", "4096", .invalidRequest, "log.segment.bytes"),
    (ConfigResource(.broker, ""), "log.local.retention.ms", "7001", .invalidRequest, "7000"),
    (ConfigResource(.broker, ""), "log.cleaner.enable", "false", .invalidRequest, "dynamically"),
    (ConfigResource(.broker, ""), "log.cleaner.threads", "3", .invalidRequest, "double"),
    (
      ConfigResource(.broker, ""), "log.cleaner.dedupe.buffer.size", "9", .invalidRequest, "1048576"
    ),
    (
      ConfigResource(.broker, ""), "log.cleaner.io.max.bytes.per.second", "nan", .invalidRequest,
      "wants a number"
    ),
    (ConfigResource(.group, ""), "consumer.session.timeout.ms", "1", .invalidRequest, "Default"),
    (ConfigResource(.group, "g"), "consumer.session.timeout.ms", "1", .invalidConfig, "45000"),
    (ConfigResource(.group, "g"), "consumer.session.timeout.ms", "60001", .invalidConfig, "60000"),
    (ConfigResource(.group, "g"), "share.session.timeout.ms", "1", .invalidConfig, "45000"),
    (ConfigResource(.group, "g"), "share.session.timeout.ms", "60001", .invalidConfig, "60000"),
    (ConfigResource(.group, "g"), "share.heartbeat.interval.ms", "1", .invalidConfig, "5000"),
    (ConfigResource(.group, "g"), "share.heartbeat.interval.ms", "15001", .invalidConfig, "15000"),
    (ConfigResource(.group, "g"), "share.record.lock.duration.ms", "1499", .invalidConfig, "15000"),
    (ConfigResource(.group, "g"), "share.record.lock.duration.ms", "60001", .invalidConfig, "max"),
    (ConfigResource(.group, "g"), "share.auto.offset.reset", "none", .invalidConfig, "by_duration"),
    (ConfigResource(.group, "g"), "share.isolation.level", "all", .invalidConfig, "read_committed"),
    (ConfigResource(.group, "g"), "retention.ms", "1", .invalidConfig, "Unknown group config"),
    (ConfigResource(.clientMetrics, ""), "metrics", "a", .invalidRequest, "can't be empty"),
    (ConfigResource(.clientMetrics, "s"), "interval.ms", "99", .invalidRequest, "100 to 3600000"),
    (ConfigResource(.clientMetrics, "s"), "match", "colour=red", .invalidConfig, "colour=red"),
    (ConfigResource(.clientMetrics, "s"), "match", "client_id", .invalidConfig, "client_id"),
    (ConfigResource(.clientMetrics, "s"), "push", "1", .invalidRequest, "Unknown client metrics"),
  ])
  func `what cannot be set is refused in words`(
    resource: ConfigResource, name: String, value: String, code: ErrorCode, words: String
  ) {
    do throws(Refusal) {
      _ = try commands.alter(resource, [name: value], in: image)
      Issue.record("\(name)=\(value) was taken")
    } catch {
      #expect(error.code == code)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test mutating func `cleaner threads are at most doubled or halved, with memory for each`() throws
  {
    let all = ConfigResource(.broker, "")
    for threads in ["2", "4", "8"] { try alter(all, ["log.cleaner.threads": threads]) }
    let fewer = #expect(throws: Refusal.self) { try alter(all, ["log.cleaner.threads": "3"]) }
    #expect(fewer?.message.contains("half") == true)
    let small = #expect(throws: Refusal.self) {
      try alter(all, ["log.cleaner.dedupe.buffer.size": "\(8 << 20 - 1)"])
    }
    #expect(small?.message.contains("\(8 << 20)") == true)
    // The default counts too.
    let none = #expect(throws: Refusal.self) { try alter(all, ["log.cleaner.threads": nil]) }
    #expect(none?.code == .invalidRequest)
    try alter(all, ["log.cleaner.threads": "4", "log.cleaner.dedupe.buffer.size": "4194304"])
    #expect(values.int("log.cleaner.threads") == 4)
  }

  @Test mutating func `a group's defaults are the broker's`() throws {
    let key = try #require(GroupKeys.all.first { $0.name == "consumer.session.timeout.ms" })
    var entry = GroupConfigValues(overrides: [:], broker: values).describe(key)
    #expect(entry.value == "45000")
    #expect(entry.synonyms == [.init("group.consumer.session.timeout.ms", "45000", .builtIn)])
    entry = GroupConfigValues(overrides: [key.name: "50000"], broker: values).describe(key)
    #expect(entry.source == .group)
    #expect(entry.synonyms.count == 2)
  }

  @Test mutating func `a share group's configs are taken`() throws {
    let wishes = [
      "share.session.timeout.ms": "60000", "share.heartbeat.interval.ms": "15000",
      "share.record.lock.duration.ms": "15000", "share.auto.offset.reset": "by_duration:P1D",
      "share.isolation.level": "read_committed",
    ]
    try alter(ConfigResource(.group, "g"), wishes)
    #expect(image.configs[ConfigResource(.group, "g")] == wishes)
  }

  @Test func `bounds that have become narrower bind what groups have set before`() throws {
    var broker = ConfigSet(keys: BrokerKeys.all)
    let group = GroupConfigValues(overrides: ["share.session.timeout.ms": "50000"], broker: broker)
    #expect(group.bounded("share.session.timeout.ms") == 50_000)
    #expect(group.bounded("consumer.session.timeout.ms") == 45_000)
    for (bound, expected) in [
      ("group.share.min.session.timeout.ms", Int64(55_000)),
      ("group.share.max.session.timeout.ms", 48_000),
    ] {
      broker = ConfigSet(keys: BrokerKeys.all)
      try broker.set(bound, "\(expected)")
      let bound = GroupConfigValues(overrides: group.overrides, broker: broker)
      #expect(bound.bounded("share.session.timeout.ms") == expected)
    }
  }

  @Test func `a topic's value in hours shows in milliseconds, its synonyms as they are set`() throws
  {
    let broker = try BrokerConfig(
      file: PropertiesFile(path: "p", text: "log.retention.hours=2")
    ).values
    let key = try #require(TopicKeys.all.first { $0.name == "retention.ms" })
    let entry = TopicConfigValues(overrides: [:], broker: broker, isInternal: false).describe(key)
    #expect(entry.value == "7200000")
    #expect(entry.source == .staticBroker)
    #expect(entry.synonyms.first == .init("log.retention.hours", "2", .staticBroker))
  }
}

struct ConfigChangeTests {
  private let keys = TopicKeys.all

  private func resolve(_ changes: [ConfigChange], current: String = "delete") throws(Refusal)
    -> [String: String?]
  {
    try ConfigChange.resolve(changes, keys: keys) { _ in current }
  }

  @Test func `lists grow and shrink against what is in force`() throws {
    let append = try resolve([ConfigChange("cleanup.policy", .append, "compact,delete")])
    #expect(append == ["cleanup.policy": "delete,compact"])
    let subtract = try resolve(
      [ConfigChange("cleanup.policy", .subtract, "delete")], current: "delete,compact")
    #expect(subtract == ["cleanup.policy": "compact"])
  }

  @Test func `delete goes back to the default, and set needs a value`() throws {
    let deleted = try resolve([ConfigChange("retention.ms", .delete, nil)])
    #expect(deleted == ["retention.ms": String?.none])
    #expect(throws: Refusal(.invalidRequest, "Null value not supported for : retention.ms")) {
      try resolve([ConfigChange("retention.ms", .set, nil)])
    }
    #expect(throws: Refusal.self) { try resolve([ConfigChange("retention.ms", .append, "1")]) }
    #expect(throws: Refusal.self) {
      try resolve([
        ConfigChange("retention.ms", .set, "1"), ConfigChange("retention.ms", .delete, nil),
      ])
    }
  }
}
