import Platform
import Testing

@testable import ObjectStore

struct EndpointCredentialsTests {
  private static let pool = BlockingPool(name: "endpoint-test", threads: 1, queueLimit: 10)
  private static let client = HTTPClient()
  private static let json = """
    {"Code": "Success", "AccessKeyId": "id", "SecretAccessKey": "s\\u0065cret", "Token": "token",
     "Expiration": "2026-01-31T23:59:59Z", "Other": [1, {"a": null}], "RoleArn": "x"}
    """
  private static let expected = S3Credentials(
    accessKeyID: "id", secretAccessKey: "secret", sessionToken: "token",
    expiresAtMilliseconds: 1_769_903_999_000)

  private func container(_ environment: [String: String]) -> ContainerCredentials {
    ContainerCredentials(
      environment: environment, files: PosixFileSystem(), pool: Self.pool, client: Self.client)
  }

  @Test func `the container endpoint is asked with the token from the file`() async throws {
    let directory = try TemporaryDirectory()
    try PosixFileSystem().replace(directory.path + "/token", with: Array("se cret\n".utf8))
    let server = FakeServer { request, _ in
      request.headers["authorization"] == "se cret" ? .status(200, Self.json) : .status(401)
    }
    var environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/v1/credentials",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": directory.path + "/token",
    ]
    #expect(try await container(environment).load() == Self.expected)
    #expect(server.requests[0].target == "/v1/credentials")
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = nil
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "wrong"
    let source = container(environment)
    #expect(await failure { () throws(ObjectStoreError) in try await source.load() } == .denied)
    #expect(try await container([:]).load() == nil)
  }

  @Test(arguments: [
    ("https://example.com/x", true), ("http://169.254.170.2/x", true),
    ("http://169.254.170.23/v1", true), ("http://[fd00:ec2::23]/v1", true),
    ("http://127.0.0.1:80/", true), ("http://localhost:1", true), ("http://example.com/", false),
    ("http://127.0.0.1@example.com/", false), ("http://127.0.0.1.example.com/", false),
    ("ftp://127.0.0.1/", false), ("", false), ("file:///etc/passwd", false),
  ])
  func `the token is not sent to just anybody`(url: String, isAllowed: Bool) {
    #expect(ContainerCredentials.mayBeAsked(url) == isAllowed)
  }

  @Test func `a passing failure of the endpoint is passed on as such`() async throws {
    let server = FakeServer { _, _ in .status(503) }
    let source = container([
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/"
    ])
    #expect(
      await failure { () throws(ObjectStoreError) in try await source.load() } == .unavailable)
  }

  @Test func `instance metadata is asked with a session token only`() async throws {
    let server = FakeServer { request, _ in
      switch (request.method, request.target) {
      case ("PUT", "/latest/api/token"):
        request.headers["x-aws-ec2-metadata-token-ttl-seconds"] != nil
          ? .status(200, "imds-token") : .status(400)
      case _ where request.headers["x-aws-ec2-metadata-token"] != "imds-token": .status(401)
      case ("GET", "/latest/meta-data/iam/security-credentials/"): .status(200, "my-role\n")
      case ("GET", "/latest/meta-data/iam/security-credentials/my-role"): .status(200, Self.json)
      default: .status(404)
      }
    }
    var environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(server.port)/"]
    let found = try await InstanceCredentials(environment: environment, client: Self.client).load()
    #expect(found == Self.expected)
    environment["AWS_EC2_METADATA_DISABLED"] = "true"
    let none = try await InstanceCredentials(environment: environment, client: Self.client).load()
    #expect(none == nil)
  }

  @Test func `nobody at the metadata address, or no role, means no credentials`() async throws {
    let nobody = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]
    #expect(try await InstanceCredentials(environment: nobody, client: Self.client).load() == nil)
    let server = FakeServer { request, _ in
      request.method == "PUT" ? .status(200, "t") : .status(404)
    }
    let roleless = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(server.port)"]
    #expect(try await InstanceCredentials(environment: roleless, client: Self.client).load() == nil)
  }

  private func webIdentity(_ environment: [String: String]) -> WebIdentityCredentials {
    WebIdentityCredentials(
      environment: environment, region: "eu-west-1", files: PosixFileSystem(), pool: Self.pool,
      client: Self.client)
  }

  @Test func `a web identity is exchanged for a role`() async throws {
    let directory = try TemporaryDirectory()
    try PosixFileSystem().replace(directory.path + "/jwt", with: Array("a.b=/+c\n".utf8))
    let server = FakeServer { request, number in
      let isGood =
        String(decoding: request.body, as: UTF8.self).contains(
          "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=varve&Version=2011-06-15"
            + "&WebIdentityToken=a.b%3D%2F%2Bc")
      if number > 0 { return .status(403, "<ErrorResponse/>") }
      return isGood
        ? .status(
          200,
          """
          <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult><Credentials><SessionToken>token</SessionToken>
          <SecretAccessKey>secret</SecretAccessKey><Expiration>2026-01-31T23:59:59Z</Expiration>
          <AccessKeyId>id</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>
          </AssumeRoleWithWebIdentityResponse>
          """) : .status(400)
    }
    let source = webIdentity([
      "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
      "AWS_WEB_IDENTITY_TOKEN_FILE": directory.path + "/jwt",
      "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(server.port)",
    ])
    #expect(try await source.load() == Self.expected)
    #expect(await failure { () throws(ObjectStoreError) in try await source.load() } == .denied)
    #expect(try await webIdentity([:]).load() == nil)
    let lost = webIdentity([
      "AWS_ROLE_ARN": "r", "AWS_WEB_IDENTITY_TOKEN_FILE": directory.path + "/nothing",
    ])
    #expect(await failure { () throws(ObjectStoreError) in try await lost.load() } == .denied)
  }
}
