import Platform
import Testing

@testable import ObjectStore

struct ObjectStoreURLTests {
  @Test(arguments: [
    ("s3://bucket", ObjectStoreURL.Place.s3(bucket: "bucket", prefix: ""), "s3://bucket"),
    ("s3://bucket/", .s3(bucket: "bucket", prefix: ""), "s3://bucket"),
    ("s3://b-1.x/a/b/", .s3(bucket: "b-1.x", prefix: "a/b"), "s3://b-1.x/a/b"),
    ("s3a://bucket/lake", .s3(bucket: "bucket", prefix: "lake"), "s3://bucket/lake"),
    ("file:///var/lake/", .directory(path: "/var/lake"), "file:///var/lake"),
    ("file:/var/lake", .directory(path: "/var/lake"), "file:///var/lake"),
    ("memory:", .memory, "memory:"),
  ])
  func `a URL names a place and prints in its plain form`(
    text: String, place: ObjectStoreURL.Place, plain: String
  ) throws {
    let url = try ObjectStoreURL(text)
    #expect(url.place == place)
    #expect(url.description == plain)
  }

  @Test(arguments: [
    "", "bucket/x", "http://host/x", "s3:/bucket", "s3://", "s3://b", "s3://host:9000/x",
    "s3://user@bucket/x", "s3://bucket/a//b", "s3://bucket/../x", "file://relative/x", "file:x",
    "file:///", "file:///a/../b", "s3://bucket/a\nb", "S3://bucket", "memory:/x",
  ])
  func `what is no URL is refused with the setting and a hint`(text: String) {
    #expect {
      try ObjectStoreURL(text, setting: "lake.url")
    } throws: {
      let error = $0 as? UsageError
      return error?.location == "lake.url" && error?.hint != nil
    }
  }

  @Test func `locations are full names, and keys come back from them`() throws {
    let url = try ObjectStoreURL("s3://bucket/lake")
    #expect(url.location(of: "t/data/x y=1.parquet") == "s3://bucket/lake/t/data/x y=1.parquet")
    #expect(url.key(of: "s3://bucket/lake/t/data/x y=1.parquet") == "t/data/x y=1.parquet")
    #expect(url.key(of: "s3a://bucket/lake/t") == "t")
    #expect(url.key(of: "s3://bucket/lakes/t") == nil)
    #expect(url.key(of: "s3://bucket/lake/../t") == nil)
    #expect(url.key(of: "s3://bucket/lake/") == nil)
    let files = try ObjectStoreURL("file:///var/lake")
    #expect(files.location(of: "a/b") == "file:///var/lake/a/b")
    #expect(files.key(of: "file:/var/lake/a/b") == "a/b")
    #expect(files.key(of: "/var/lake/a/b") == nil)
    #expect(try ObjectStoreURL("memory:").location(of: "a/b") == "memory:/a/b")
  }
}
