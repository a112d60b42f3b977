import Platform

/// A profile of the shared files: keys from `~/.aws/credentials` first, then from `~/.aws/config`.
///
/// `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE` and `AWS_PROFILE` move them. A profile named on
/// purpose that is nowhere is an error; a missing default one is not.
package struct ProfileCredentials: CredentialsSource {
  private let files: CredentialFiles
  private let paths: [String]
  private let profile: String
  private let isNamedOnPurpose: Bool

  package init(
    environment: [String: String], profile: String? = nil, files: any FileSystem,
    pool: BlockingPool
  ) {
    self.files = CredentialFiles(files: files, pool: pool)
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
    try await files.texts(of: paths).compactMap { text in
      text.flatMap { ProfileFile($0).profiles[profile] }
    }
  }
}
