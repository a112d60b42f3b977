import Platform

/// Where an S3 store is and how it is spoken to.
package struct S3Configuration: Sendable {
  package enum Encryption: Sendable, Equatable {
    /// Whatever the bucket does by default.
    case bucketDefault
    /// SSE-S3.
    case managed
    /// SSE-KMS; with the bucket's or account's key when `keyID` is nil.
    case kms(keyID: String?)
  }

  package let bucket: String
  /// Without slashes at its ends; may be empty.
  package let prefix: String
  package var region = "us-east-1"
  /// nil for AWS itself.
  package var endpoint: S3Endpoint?
  /// Puts the bucket into the path instead of the host name; nil decides: on at an endpoint of
  /// one's own and for buckets with a dot, whose name no certificate covers.
  package var usesPathStyle: Bool?
  package var encryption = Encryption.bucketDefault
  package var connectTimeoutMilliseconds: Int64 = 5_000
  /// A whole request without a body, from queueing in libcurl to the last byte.
  package var requestTimeoutMilliseconds: Int64 = 30_000
  /// A transfer gets this much more for each MiB: 1,000 means 1 MiB/s at least.
  package var extraMillisecondsPerMebibyte: Int64 = 1_000
  /// A read that would bring more into memory is `invalid`.
  package var maximumResponseByteCount = 1 << 30

  /// `url` must be of the form `s3://bucket/prefix`.
  package init(_ url: ObjectStoreURL) throws(UsageError) {
    guard case .s3(let bucket, let prefix) = url.place else {
      throw UsageError("not an S3 URL: '\(url)'", hint: "use s3://bucket/prefix")
    }
    self.bucket = bucket
    self.prefix = prefix
  }

  /// The base of every request: URL without a path, the `Host` header, and the bucket's path.
  var base: (origin: String, host: String, path: String) {
    let suffix = region.hasPrefix("cn-") ? ".cn" : ""
    let point = endpoint ?? S3Endpoint(host: "s3.\(region).amazonaws.com\(suffix)")
    let usesPath = usesPathStyle ?? (endpoint != nil || bucket.contains("."))
    let host = usesPath ? point.authority : "\(bucket).\(point.authority)"
    let scheme = point.isEncrypted ? "https" : "http"
    return ("\(scheme)://\(host)", host, usesPath ? "/\(bucket)" : "")
  }

  var url: ObjectStoreURL { ObjectStoreURL(.s3(bucket: bucket, prefix: prefix)) }

  /// The headers a new object is created with.
  var encryptionHeaders: [(name: String, value: String)] {
    switch encryption {
    case .bucketDefault: return []
    case .managed: return [("x-amz-server-side-encryption", "AES256")]
    case .kms(let keyID):
      let kind = ("x-amz-server-side-encryption", "aws:kms")
      guard let keyID else { return [kind] }
      return [kind, ("x-amz-server-side-encryption-aws-kms-key-id", keyID)]
    }
  }
}
