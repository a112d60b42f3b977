import Testing

@testable import varve

struct LakeDescribeTests {
  @Test
  func `places come from the broker, over them from the file, credentials from the file alone`() {
    let broker = [
      "lake.s3.endpoint": "http://a:1", "lake.s3.region": "here", "lake.s3.path.style": "true",
      "lake.s3.access.key.id": "theirs",
    ]
    let bare = LakeDescribe.settings(own: [:], broker: broker)
    #expect(bare.endpoint == "http://a:1" && bare.region == "here" && bare.usesPathStyle == true)
    #expect(bare.accessKeyID == nil && bare.secretAccessKey == nil)
    let own = [
      "lake.s3.endpoint": "http://b:2", "lake.s3.access.key.id": "mine",
      "lake.s3.secret.access.key": "secret",
    ]
    let both = LakeDescribe.settings(own: own, broker: broker)
    #expect(both.endpoint == "http://b:2" && both.region == "here")
    #expect(both.accessKeyID == "mine" && both.secretAccessKey == "secret")
  }
}
