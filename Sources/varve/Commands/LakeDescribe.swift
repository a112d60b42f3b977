import KafkaProtocol
import Lake
import ObjectStore
import Platform
import Records

/// `varve lake describe`: a topic's tiers, and its table as it stands in the store.
enum LakeDescribe: Command {
  static let words = ["lake", "describe"]
  static let operands = "<topic>"
  static let summary = "Shows a topic's tiers and its table: offsets, files, sizes, commit, lag."
  static let details = """
    The broker says where the lake is; the table is then read from the store itself. Secrets are
    never sent: for S3 they come from AWS_ACCESS_KEY_ID and the like, from AWS's shared files, or
    from --config. When the table cannot be read, the broker's part is shown; exit code 1.

    Offsets of a partition:
      LOG START    the first record that can be consumed
      LOCAL START  from here on records are on the broker's disk; before it in the lake alone
      SETTLED      up to here records are in the lake; from here on on the broker's disk alone
      END          one past the last record that can be consumed
      LAG          records that are not in the lake yet
    FILES, RECORDS and SIZE are those of the table, which may keep rows from before LOG START.

    JSON: {topic, topic_id, cluster_id, settles, lake, table: {location, version, layout,
    snapshot_id, snapshots, last_commit_ms, last_commit_age_ms, files, records, bytes, set_back},
    problem, lag_records, partitions: [{partition, log_start, local_start, settled, end,
    lag_records, files, records, bytes}]}. table is null before the first commit and when problem
    says why it cannot be read; set_back: somebody set it back to before what is settled. Times
    are in milliseconds, since 1970 or of age.
    """
  static let options =
    [
      Arguments.Option(
        name: "--config", value: "file",
        documentation: "A server.properties with the lake's credentials and places.")
    ] + BrokerOptions.all

  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = try arguments.operand("topic", of: Self.self)
    let own = try ownConfigs(arguments["--config"])
    let client = try BrokerOptions.connect(arguments)
    let (topic, clusterID) = try client.topic(name)
    let partitions = topic.partitions.map(\.partitionIndex).sorted()
    // Before the table: what it says of settled records is then never behind these.
    let offsets = try client.offsets(of: name, partitions)
    let broker = values(try client.brokerConfigs())
    let settles = values(try client.configs(of: .topic, name))["remote.storage.enable"]
    let url = own["lake.url"] ?? broker["lake.url"] ?? ""
    var report = LakeReport(
      topic: name, topicID: topic.topicID.description, clusterID: clusterID,
      settles: settles == "true", lake: url,
      partitions: partitions.map {
        LakeReport.Partition(
          partition: $0.rawValue, offsets: offsets[$0] ?? PartitionOffsets())
      }, nowMilliseconds: SystemClock().wallMilliseconds())
    let identity = TableIdentity(
      clusterID: clusterID, topic: name, topicID: topic.topicID,
      namespace: own["lake.namespace"] ?? broker["lake.namespace"] ?? "kafka")
    do {
      let reading = try LakeReading.read(
        identity, at: try ObjectStoreURL(url, setting: "lake.url"),
        settings(own: own, broker: broker), partitions: partitions)
      if let reading { report.take(reading) }
    } catch {
      report.problem = "\(error)"
    }
    arguments.show(report.text, report.json)
    if let problem = report.problem { throw CommandError.lake("cannot read the lake: \(problem)") }
    return 0
  }

  /// What the file sets; nothing without a file.
  private static func ownConfigs(_ path: String?) throws(UsageError) -> [String: String] {
    guard let path else { return [:] }
    return try Serve.readConfig(try Arguments(["--config", path], options: Serve.options))
      .values.values
  }

  private static func values(_ configs: [DescribeConfigsResponse.Config]) -> [String: String] {
    Dictionary(configs.compactMap { config in config.value.map { (config.name, $0) } }) { $1 }
  }

  /// The file's configs over the broker's; credentials from the file alone.
  static func settings(own: [String: String], broker: [String: String]) -> S3Settings {
    var settings = S3Settings()
    func value(_ name: String) -> String? { own[name] ?? broker[name] }
    settings.endpoint = value("lake.s3.endpoint")
    settings.region = value("lake.s3.region")
    settings.usesPathStyle = value("lake.s3.path.style").map { $0 == "true" }
    settings.accessKeyID = own["lake.s3.access.key.id"]
    settings.secretAccessKey = own["lake.s3.secret.access.key"]
    settings.sessionToken = own["lake.s3.session.token"]
    settings.requestTimeoutMilliseconds = 10_000
    return settings
  }
}

extension LakeReport {
  /// Adds what was read from the store.
  fileprivate mutating func take(_ reading: LakeReading) {
    table = reading.table
    for index in partitions.indices {
      let id = PartitionID(partitions[index].partition)
      if let settled = reading.settled[id] { partitions[index].offsets.settled = settled }
      guard let holding = reading.holdings[id] else { continue }
      partitions[index].files = holding.files
      partitions[index].records = holding.records
      partitions[index].bytes = holding.bytes
    }
  }
}
