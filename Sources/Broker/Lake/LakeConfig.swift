import Cluster
import Lake
import ObjectStore
import Platform

/// What the broker's configs say of the lake, checked before anything is made or opened.
struct LakeConfig: Sendable {
  let url: ObjectStoreURL
  let namespace: String
  let s3: S3Settings

  /// - Throws: `UsageError` that names the line.
  init(_ config: BrokerConfig, _ fileSystem: any FileSystem) throws(UsageError) {
    url = try ObjectStoreURL(config.lakeURL, setting: config.location(of: "lake.url"))
    namespace = config.values.string("lake.namespace")
    s3 = S3Settings(config.values)
    guard Self.isNamespace(namespace) else {
      throw UsageError(
        "'\(namespace)' cannot be a namespace", at: config.location(of: "lake.namespace"),
        hint: "letters, digits, '_' and '-'")
    }
    do throws(UsageError) {
      _ = try layout(named: config.values.string("lake.layout"), fileSystem)
    } catch {
      throw UsageError(
        error.message, at: config.location(of: "lake.layout"), hint: error.hint)
    }
    if let endpoint = s3.endpoint {
      _ = try S3Endpoint(endpoint, setting: config.location(of: "lake.s3.endpoint"))
    }
    if s3.accessKeyID != nil, s3.secretAccessKey == nil {
      throw UsageError(
        "an access key without its secret", at: config.location(of: "lake.s3.access.key.id"),
        hint: "set lake.s3.secret.access.key too")
    }
  }

  /// Whether the name is fit for a folder, a key and SQL.
  private static func isNamespace(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
          || (0x61...0x7a).contains(byte) || byte == 0x5f || byte == 0x2d
      }
  }
}
