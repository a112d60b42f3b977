import Platform

/// Opens the store that a URL names, with retries around it.
package struct ObjectStoreOpener: Sendable {
  /// An open store and what must be closed after it.
  package struct Opened: Sendable {
    package let store: any ObjectStore
    private let client: HTTPClient?

    init(_ store: any ObjectStore, client: HTTPClient? = nil) {
      self.store = store
      self.client = client
    }

    /// Breaks off requests under way and closes connections. Call once, when nobody uses the store
    /// any more.
    package func close() { client?.stop() }
  }

  private let files: any FileSystem
  private let pool: BlockingPool
  private let clock: any Clock
  private let sleeper: any Sleeper
  private let random: any RandomSource
  private let environment: [String: String]

  /// `environment` is the process's; `pool` takes disk work and stays the caller's.
  package init(
    files: any FileSystem, pool: BlockingPool, clock: any Clock, sleeper: any Sleeper,
    random: any RandomSource, environment: [String: String]
  ) {
    self.files = files
    self.pool = pool
    self.clock = clock
    self.sleeper = sleeper
    self.random = random
    self.environment = environment
  }

  /// Opens the store; asks nothing of S3 yet (`ObjectStoreProbe` does), but makes a directory.
  package func open(
    _ url: ObjectStoreURL, s3 settings: S3Settings = S3Settings(),
    retry policy: RetryPolicy = RetryPolicy()
  ) async throws(UsageError) -> Opened {
    switch url.place {
    case .memory: return Opened(MemoryStore(url: url))
    case .directory(let path):
      do throws(ObjectStoreError) {
        let store = try DirectoryStore(root: path, files: files, random: random, pool: pool)
        return Opened(retrying(store, policy))
      } catch {
        throw UsageError("cannot use \(url): \(error.context)", hint: "see lake.url")
      }
    case .s3:
      var limits = HTTPClient.Limits()
      if let connections = settings.maximumConnections { limits.connections = connections }
      limits.certificateAuthorityFile =
        settings.certificateAuthorityFile ?? variable("AWS_CA_BUNDLE")
      let configuration = try await configuration(url, settings)
      let client = HTTPClient(limits: limits)
      do throws(UsageError) {
        let cache = CredentialsCache(
          try sources(settings, configuration.region, client), clock: clock)
        let store = S3Store(configuration, client: client, credentials: cache, clock: clock)
        return Opened(retrying(store, policy), client: client)
      } catch {
        client.stop()
        throw error
      }
    }
  }

  private func retrying(_ store: any ObjectStore, _ policy: RetryPolicy) -> RetryingStore {
    RetryingStore(store, policy: policy, clock: clock, sleeper: sleeper, random: random)
  }

  private func configuration(_ url: ObjectStoreURL, _ settings: S3Settings)
    async throws(UsageError) -> S3Configuration
  {
    var configuration = try S3Configuration(url)
    if let endpoint = settings.endpoint {
      configuration.endpoint = try S3Endpoint(endpoint, setting: "lake.s3.endpoint")
    } else {
      for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] where configuration.endpoint == nil {
        guard let endpoint = variable(name) else { continue }
        configuration.endpoint = try S3Endpoint(endpoint, setting: name)
      }
    }
    let named =
      settings.region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION")
    let ofProfile = try? await profile(settings).region()
    let region = named ?? ofProfile ?? configuration.region
    let isPlain = region.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
    }
    guard isPlain, !region.isEmpty else {
      throw UsageError(
        "not a region: '\(region)'", at: "lake.s3.region", hint: "as in eu-central-1")
    }
    configuration.region = region
    configuration.usesPathStyle = settings.usesPathStyle
    configuration.encryption = settings.encryption
    if let timeout = settings.requestTimeoutMilliseconds {
      configuration.requestTimeoutMilliseconds = timeout
    }
    return configuration
  }

  /// Where credentials are looked for, in AWS's own order.
  private func sources(_ settings: S3Settings, _ region: String, _ client: HTTPClient)
    throws(UsageError) -> [any CredentialsSource]
  {
    if let id = settings.accessKeyID {
      guard let secret = settings.secretAccessKey else {
        throw UsageError(
          "an access key without its secret", at: "lake.s3.access.key.id",
          hint: "set lake.s3.secret.access.key too")
      }
      let credentials = S3Credentials(
        accessKeyID: id, secretAccessKey: secret, sessionToken: settings.sessionToken)
      return [StaticCredentials(credentials)]
    }
    return [
      EnvironmentCredentials(environment),
      WebIdentityCredentials(
        environment: environment, region: region, files: files, pool: pool, client: client),
      profile(settings),
      ContainerCredentials(environment: environment, files: files, pool: pool, client: client),
      InstanceCredentials(environment: environment, client: client),
    ]
  }

  private func profile(_ settings: S3Settings) -> ProfileCredentials {
    ProfileCredentials(
      environment: environment, profile: settings.profile, files: files, pool: pool)
  }

  private func variable(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
