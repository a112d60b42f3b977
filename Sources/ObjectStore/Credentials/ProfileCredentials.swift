import Platform

/// A profile of the shared files: keys from `~/.aws/credentials` first, then from `~/.aws/config`.
///
/// `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE` and `AWS_PROFILE` move them. A profile named on
/// purpose that is nowhere is an error; a missing default one is not.
package struct ProfileCredentials: CredentialsSource {
  private let files: any FileSystem
  private let pool: BlockingPool
  private let paths: [String]
  private let profile: String
  private let isNamedOnPurpose: Bool

  package init(
    environment: [String: String], profile: String? = nil, files: any FileSystem,
    pool: BlockingPool
  ) {
    self.files = files
    self.pool = pool
    let home = environment["HOME"] ?? ""
    paths = [
      environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home + "/.aws/credentials",
      environment["AWS_CONFIG_FILE"] ?? home + "/.aws/config",
    ]
    let named = profile ?? environment["AWS_PROFILE"]
    isNamedOnPurpose = named != nil
    self.profile = named ?? "default"
  }

  package var name: String { "profile '\(profile)'" }

  package func load() async throws(ObjectStoreError) -> S3Credentials? {
    let settings = try await self.settings()
    guard !settings.isEmpty || !isNamedOnPurpose else {
      throw ObjectStoreError(
        .denied, key: name, "neither \(paths[0]) nor \(paths[1]) has it")
    }
    for setting in settings {
      guard let id = setting["aws_access_key_id"] else { continue }
      guard let secret = setting["aws_secret_access_key"] else {
        throw ObjectStoreError(.denied, key: name, "it has no aws_secret_access_key")
      }
      return S3Credentials(
        accessKeyID: id, secretAccessKey: secret, sessionToken: setting["aws_session_token"])
    }
    return nil
  }

  /// The profile's region, from either file; nil when it names none.
  package func region() async throws(ObjectStoreError) -> String? {
    try await settings().lazy.compactMap { $0["region"] }.first
  }

  /// The profile's section in each file that has one.
  private func settings() async throws(ObjectStoreError) -> [[String: String]] {
    let (files, paths, profile) = (files, paths, profile)
    let found: [[String: String]]? = await withCheckedContinuation { continuation in
      let isQueued = pool.submit {
        let texts = paths.compactMap { try? files.readAll($0) }
        continuation.resume(
          returning: texts.compactMap {
            ProfileFile(String(decoding: $0, as: UTF8.self)).profiles[profile]
          })
      }
      if !isQueued { continuation.resume(returning: nil) }
    }
    guard let found else {
      throw ObjectStoreError(.throttled, key: name, "too much disk work is waiting")
    }
    return found
  }
}
