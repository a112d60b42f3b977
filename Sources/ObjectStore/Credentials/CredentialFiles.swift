import Platform

/// Reads small files on threads that may block.
struct CredentialFiles: Sendable {
  let files: any FileSystem
  let pool: BlockingPool

  /// Each file's text; nil for one that cannot be read.
  func texts(of paths: [String]) async throws(ObjectStoreError) -> [String?] {
    let texts: [String?]? = await withCheckedContinuation { continuation in
      let isQueued = pool.submit {
        let found = paths.map { path in
          (try? files.readAll(path)).map { String(decoding: $0, as: UTF8.self) }
        }
        continuation.resume(returning: found)
      }
      if !isQueued { continuation.resume(returning: nil) }
    }
    guard let texts else {
      throw ObjectStoreError(.throttled, key: "credentials", "too much disk work is waiting")
    }
    return texts
  }

  /// A token file's content without the line's end; throws `denied` when it cannot be read.
  func token(_ path: String, for source: String) async throws(ObjectStoreError) -> String {
    guard let text = try await texts(of: [path])[0]?.split(whereSeparator: \.isNewline).first,
      !text.isEmpty
    else { throw ObjectStoreError(.denied, key: source, "no token in \(path)") }
    return String(text)
  }
}
