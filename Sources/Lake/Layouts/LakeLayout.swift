/// How the records of a topic lie in its table: what a file in `layouts/` says.
package struct LakeLayout: Equatable, Sendable {
  package enum Codec: String, Sendable, CaseIterable {
    case zstd, snappy, none
  }

  /// A partition transform and the column it is applied to.
  package struct Partitioning: Equatable, Sendable {
    package var transform: Transform
    package var column: String
  }

  /// The file's name without `.json5`.
  package var name: String
  package var partitioning: [Partitioning]
  package var codec: Codec
  /// Counts for zstd only.
  package var level: Int32
  /// Input bytes of a row group.
  package var rowGroupByteCount: Int
  /// Input bytes of a page.
  package var pageByteCount: Int
  /// A file is closed at about this size.
  package var targetFileByteCount: Int64
  /// How long rows stay in the table; −1 for ever, −2 as `retention.ms`.
  package var retentionMilliseconds: Int64
  package var snapshotExpiryMilliseconds: Int64

  package init(name: String, partitioning: [Partitioning]) {
    self.name = name
    self.partitioning = partitioning
    codec = .zstd
    level = 1
    rowGroupByteCount = 32 << 20
    pageByteCount = 256 << 10
    targetFileByteCount = 512 << 20
    retentionMilliseconds = -1
    snapshotExpiryMilliseconds = 86_400_000
  }

  /// The layout that is meant when none is named.
  package static let byPartition = LakeLayout(
    name: "by-partition",
    partitioning: [Partitioning(transform: .identity, column: "kafka_partition")])

  package static let byDay = LakeLayout(
    name: "by-day", partitioning: [Partitioning(transform: .day, column: "kafka_timestamp")])

  package static let byHour = LakeLayout(
    name: "by-hour", partitioning: [Partitioning(transform: .hour, column: "kafka_timestamp")])

  /// The layouts that the binary knows without files; a test holds them equal to those in
  /// `layouts/`.
  package static let builtIn = [byPartition, byDay, byHour]

  /// How the layout's files are encoded.
  package var parquetOptions: ParquetOptions {
    let encoding: ParquetOptions.Codec =
      switch codec {
      case .zstd: .zstd(level: level)
      case .snappy: .snappy
      case .none: .uncompressed
      }
    return ParquetOptions(
      codec: encoding, pageByteCount: pageByteCount, rowGroupByteCount: rowGroupByteCount)
  }

  /// The layout's partition spec over `schema`.
  package func partitionSpec(of schema: IcebergSchema) throws(LakeError) -> PartitionSpec {
    var transforms: [(transform: Transform, source: IcebergField)] = []
    for item in partitioning {
      guard let column = schema.fields.first(where: { $0.name == item.column }) else {
        throw .invalid("layout \(name) divides by the unknown column '\(item.column)'")
      }
      transforms.append((item.transform, column))
    }
    return PartitionSpec(transforms)
  }
}
