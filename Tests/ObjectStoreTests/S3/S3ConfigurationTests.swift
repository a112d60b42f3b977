import Platform
import Testing

@testable import ObjectStore

struct S3ConfigurationTests {
  private func configuration(_ url: String) throws -> S3Configuration {
    try S3Configuration(try ObjectStoreURL(url))
  }

  @Test func `AWS is spoken to at the bucket's own host`() throws {
    var configuration = try configuration("s3://bucket/lake")
    configuration.region = "eu-central-1"
    #expect(
      configuration.base
        == (
          "https://bucket.s3.eu-central-1.amazonaws.com",
          "bucket.s3.eu-central-1.amazonaws.com", ""
        ))
    configuration.region = "cn-north-1"
    #expect(configuration.base.host == "bucket.s3.cn-north-1.amazonaws.com.cn")
  }

  @Test func `an endpoint of one's own and dotted buckets get the bucket in the path`() throws {
    var own = try configuration("s3://bucket")
    own.endpoint = try S3Endpoint("http://127.0.0.1:7480/")
    #expect(own.base == ("http://127.0.0.1:7480", "127.0.0.1:7480", "/bucket"))
    own.usesPathStyle = false
    #expect(own.base == ("http://bucket.127.0.0.1:7480", "bucket.127.0.0.1:7480", ""))
    let dotted = try configuration("s3://my.bucket")
    #expect(dotted.base.path == "/my.bucket")
  }

  @Test func `the scheme's own port is left out, as clients do in the Host header`() throws {
    #expect(try S3Endpoint("https://s3.example.com:443").authority == "s3.example.com")
    #expect(try S3Endpoint("http://s3.example.com:80").authority == "s3.example.com")
    #expect(try S3Endpoint("http://s3.example.com:443").authority == "s3.example.com:443")
    #expect(try S3Endpoint("http://[::1]:9000").authority == "[::1]:9000")
  }

  @Test(arguments: [
    "", "s3.example.com", "ftp://x", "http://", "http://a/b", "http://a?b", "http://u@h",
    "http://h:0", "http://h:99999", "http://h:x", "http://h\r\nX: y", "http://a b",
  ])
  func `what is no endpoint is refused`(text: String) {
    #expect(throws: UsageError.self) { try S3Endpoint(text, setting: "lake.s3.endpoint") }
  }

  @Test func `only S3 URLs configure S3`() throws {
    #expect(throws: UsageError.self) { try configuration("memory:") }
  }
}
