import Testing

@testable import ObjectStore

/// The examples that AWS publishes: "Examples: Signature calculations" in the S3 API reference, and
/// the signature version 4 test suite.
struct SignatureV4Tests {
  private let s3 = SignatureV4(
    credentials: S3Credentials(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    region: "us-east-1", service: "s3")
  /// 2013-05-24T00:00:00Z
  private let time: Int64 = 1_369_353_600_000

  private func signature(
    _ method: String, _ path: String, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], body: String = ""
  ) -> String {
    let digest = hexadecimal(ObjectDigest.sha256(Array(body.utf8)))
    let all =
      headers + [
        ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", digest),
        ("x-amz-date", "20130524T000000Z"),
      ]
    let authorization = s3.authorization(
      for: .init(method: method, path: path, query: query, headers: all, bodyDigest: digest),
      milliseconds: time)
    #expect(
      authorization.hasPrefix(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"))
    return String(authorization.suffix(64))
  }

  @Test func `a ranged GET`() {
    #expect(
      signature("GET", "/test.txt", headers: [("Range", "bytes=0-9")])
        == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  }

  @Test func `a PUT with a body and an encoded path`() {
    #expect(
      signature(
        "PUT", "/" + PercentEncoding.encode("test$file.text", keepingSlashes: true),
        headers: [
          ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ], body: "Welcome to Amazon S3.")
        == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test func `a query without a value`() {
    #expect(
      signature("GET", "/", query: [("lifecycle", "")])
        == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
  }

  @Test func `a query with values`() {
    #expect(
      signature("GET", "/", query: [("prefix", "J"), ("max-keys", "2")])
        == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  private func suite(
    _ query: [(name: String, value: String)] = [], _ headers: [(name: String, value: String)] = []
  ) -> String {
    let signer = SignatureV4(
      credentials: S3Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1", service: "service")
    let all =
      headers + [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")]
    let authorization = signer.authorization(
      for: .init(
        method: "GET", path: "/", query: query, headers: all,
        bodyDigest: SignatureV4.emptyBodyDigest),
      milliseconds: 1_440_938_160_000)
    return String(authorization.suffix(64))
  }

  @Test func `the suite's plain request`() {
    #expect(suite() == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
  }

  @Test func `the suite's query in another order`() {
    #expect(
      suite([("Param2", "value2"), ("Param1", "value1")])
        == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
  }

  @Test func `canonical text sorts headers, squeezes blanks and encodes strictly`() {
    let (text, names) = SignatureV4.canonical(
      .init(
        method: "GET", path: "/a%20b", query: [("b", "~ /+"), ("a", "é"), ("b", "")],
        headers: [("X-B", "  two   words "), ("Host", "h"), ("x-a", "1")], bodyDigest: "d"))
    #expect(
      text
        == "GET\n/a%20b\na=%C3%A9&b=&b=~%20%2F%2B\nhost:h\nx-a:1\nx-b:two words\n\nhost;x-a;x-b\nd")
    #expect(names == "host;x-a;x-b")
  }
}
