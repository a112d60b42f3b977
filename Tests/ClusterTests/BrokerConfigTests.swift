import Testing

@testable import Cluster
@testable import Platform

struct BrokerConfigTests {
  private func config(_ text: String) throws(UsageError) -> BrokerConfig {
    try BrokerConfig(file: PropertiesFile(path: "server.properties", text: text))
  }

  @Test func `no file gives the embedded defaults`() throws {
    let config = try BrokerConfig(file: nil)
    #expect(config.listeners.map(\.description) == ["PLAINTEXT://127.0.0.1:9092"])
    #expect(config.advertised == config.listeners)
    #expect(config.logDirectory == "data")
    #expect(config.lakeURL == "file://data/lake")
    #expect(config.nodeID == 1)
    #expect(config.withoutEffect == [])
  }

  @Test(arguments: [
    ("num.partition=3", "server.properties:1: unknown config num.partition", "num.partitions"),
    ("# c\n\nlog.segment.byte=5", "server.properties:3: unknown config", "log.segment.bytes"),
    ("log.segment.bytes=12x", "server.properties:1: log.segment.bytes wants a whole", "12x"),
    ("log.segment.bytes=-5", "log.segment.bytes wants at least 1024", "-5"),
    ("auto.create.topics.enable=yes", "wants true or false", "yes"),
    ("lake.on.topic.delete=burn", "wants one of keep, drop", "burn"),
    ("listeners=9092", "'9092' is not a listener", "PLAINTEXT://host:port"),
    ("listeners=SSL://:9093", "SSL is not supported yet", "server.properties:1"),
    ("num.partitions=1\nnum.partitions=2", "server.properties:2: num.partitions is set twice", "1"),
    ("listener.name.plaintext.max.conections=5", "unknown config", "server.properties:1"),
    ("listener.name.plaintext.num.partitions=5", "unknown config", "server.properties:1"),
    ("listener.name.plaintext.max.connections=x", "wants a whole number", "server.properties:1"),
    ("listener.name.plain.max.connections=5", "there is no listener plain", "plaintext"),
    (
      "group.consumer.session.timeout.ms=3000",
      "group.consumer.session.timeout.ms (3000) must be greater than or equal to "
        + "group.consumer.min.session.timeout.ms (45000)", "server.properties:1"
    ),
    (
      "group.share.max.heartbeat.interval.ms=5001\ngroup.share.heartbeat.interval.ms=6000",
      "must be less than or equal to group.share.max.heartbeat.interval.ms (5001)",
      "server.properties:2"
    ),
    (
      "group.share.min.session.timeout.ms=70000", "group.share.max.session.timeout.ms (60000) must",
      "server.properties:1"
    ),
    (
      "group.share.min.session.timeout.ms=5000\ngroup.share.session.timeout.ms=5000",
      "must be greater than group.share.heartbeat.interval.ms (5000)", "server.properties:2"
    ),
    ("group.share.max.size=1001", "wants 1 to 1000", "1001"),
    ("group.share.assignors=range", "wants one of simple", "range"),
    ("just words", "'just words' is not name=value", "server.properties:1"),
    ("=5", "a value without a name", "server.properties:1"),
    ("log.dirs=a,b", "log.dirs names 2 directories", "server.properties:1"),
  ])
  func `a bad line is named with what to do`(text: String, message: String, also: String) {
    do {
      _ = try config(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.description.contains(message), "\(error)")
      #expect(error.description.contains(also), "\(error)")
    }
  }

  @Test func `a listener can have limits of its own`() throws {
    let config = try config("listener.name.plaintext.max.connections=5\nmax.connections=9")
    #expect(config.number("max.connections", ofListener: "PLAINTEXT") == 5)
    #expect(config.number("max.connection.creation.rate", ofListener: "PLAINTEXT") == nil)
    #expect(config.values.int("max.connections") == 9)
    #expect(config.withoutEffect == [])
  }

  @Test func `every name of Kafka's broker configs is taken`() throws {
    let config = try config("num.io.threads=8\nlog.dirs=/x\nadvertised.listeners=PLAINTEXT://h:1")
    #expect(config.withoutEffect == ["num.io.threads"])
    #expect(config.advertised.first?.host == "h")
    #expect(config.lakeURL == "file:///x/lake")
    #expect(Set(BrokerKeys.all.map(\.name)).count == BrokerKeys.all.count)
  }

  @Test func `every default passes its own check`() {
    for key in BrokerKeys.all + TopicKeys.all {
      if let value = key.defaultValue { #expect(key.problem(with: value) == nil, "\(key.name)") }
    }
  }

  @Test func `continued lines and comments are read as Java does`() throws {
    let file = try PropertiesFile(
      path: "p", text: "! c\nlisteners = PLAINTEXT://a:1,\\\n   PLAINTEXT://b:2\n")
    #expect(file.entries.map(\.value) == ["PLAINTEXT://a:1,PLAINTEXT://b:2"])
    #expect(file.entries.map(\.line) == [2])
  }

  @Test func `a topic inherits from the broker in Kafka's order`() throws {
    let broker = try config("log.retention.hours=2\nlog.roll.hours=1").values
    var topic = TopicConfig(overrides: [:], broker: broker, isInternal: false)
    #expect(topic.retentionMilliseconds == 7_200_000)
    #expect(topic.segmentMilliseconds == 3_600_000)
    #expect(topic.localRetentionMilliseconds == 86_400_000)
    #expect(topic.settles)
    let minutes = try config("log.retention.hours=2\nlog.retention.minutes=3").values
    topic = TopicConfig(overrides: [:], broker: minutes, isInternal: false)
    #expect(topic.retentionMilliseconds == 180_000)
    topic = TopicConfig(
      overrides: ["retention.ms": "5", "local.retention.ms": "-2"], broker: minutes,
      isInternal: false)
    #expect(topic.localRetentionMilliseconds == 5)
  }

  @Test func `internal and compacted topics do not settle by default`() throws {
    let broker = try BrokerConfig(file: nil).values
    #expect(!TopicConfig(overrides: [:], broker: broker, isInternal: true).settles)
    let compacted = ["cleanup.policy": "compact"]
    #expect(!TopicConfig(overrides: compacted, broker: broker, isInternal: false).settles)
  }
}
