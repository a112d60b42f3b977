/// How the records of a batch are compressed, by Kafka's numbers.
@frozen
package enum Compression: Int8, CaseIterable, Sendable {
  case none = 0
  case gzip = 1
  /// Written in the Java library's framing, read in that and bare.
  case snappy = 2
  /// LZ4 frames of independent blocks.
  case lz4 = 3
  case zstd = 4

  /// The value of `compression.type`; "uncompressed" is a topic's word for "none".
  package init?(name: String) {
    switch name {
    case "none", "uncompressed": self = .none
    case "gzip": self = .gzip
    case "snappy": self = .snappy
    case "lz4": self = .lz4
    case "zstd": self = .zstd
    default: return nil
    }
  }

  /// The producer's `compression.type` for it.
  package var name: String {
    switch self {
    case .none: "none"
    case .gzip: "gzip"
    case .snappy: "snappy"
    case .lz4: "lz4"
    case .zstd: "zstd"
    }
  }
}
