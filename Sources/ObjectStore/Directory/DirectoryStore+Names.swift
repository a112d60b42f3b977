import Platform

// How a finished file gets its name, and how names go away.
extension DirectoryStore {
  /// Gives a finished temporary file the name of `key` under the condition, durably; the temporary
  /// name is gone afterwards, whatever happened.
  func publish(_ temporary: String, as key: String, _ condition: PutCondition)
    throws(ObjectStoreError)
  {
    let target = path(key)
    let folder = parent(of: target)
    do throws(ObjectStoreError) {
      try translating(key) { () throws(StorageError) in try makeDurable(folder) }
      switch condition {
      case .none:
        try names.withLock { _ throws(ObjectStoreError) in try rename(temporary, to: target, key) }
      case .ifAbsent:
        try names.withLock { _ throws(ObjectStoreError) in
          try translating(key) { () throws(StorageError) in
            try files.link(temporary, to: target)
          }
        }
        try? files.remove(temporary)
      case .ifMatch(let etag):
        try replace(temporary, target, key, etag)
      }
    } catch {
      try? files.remove(temporary)
      throw error
    }
    try syncFolder(folder, key: key)
  }

  /// Removes a name; a missing one is fine, and a directory is no object.
  func removeName(_ key: String) throws(ObjectStoreError) {
    do throws(StorageError) {
      try names.withLock { _ throws(StorageError) in try files.remove(path(key)) }
    } catch {
      if error.cause == .notADirectory || error.cause == .isADirectory { return }
      throw Self.translate(error, key)
    }
  }

  /// After a name changed: a failure leaves open what a power cut would keep.
  func syncFolder(_ folder: String, key: String) throws(ObjectStoreError) {
    do throws(StorageError) { try files.syncDirectory(folder) } catch {
      if error.cause == .noSuchFile || error.cause == .notADirectory { return }
      throw ObjectStoreError(.unknownOutcome, key: key, error.description)
    }
  }

  /// The step of an `ifMatch` put. The lock file keeps other processes' `ifMatch` puts out; their
  /// unconditional ones are not ordered with it.
  private func replace(_ temporary: String, _ target: String, _ key: String, _ etag: String)
    throws(ObjectStoreError)
  {
    try names.withLock { _ throws(ObjectStoreError) in
      let lock = try translating(key) { () throws(StorageError) in
        try files.open(root + "/" + Self.privateFolder + "/match.lock", .createIfMissing)
      }
      defer { lock.close() }
      guard try translating(key, { () throws(StorageError) in try lock.tryLock() }) else {
        throw ObjectStoreError(.unavailable, key: key, "another process holds the lock")
      }
      let found = try currentTag(of: key)
      guard found == etag else {
        let found = found ?? "no tag"
        throw ObjectStoreError(.preconditionFailed, key: key, "wants \(etag), found \(found)")
      }
      try rename(temporary, to: target, key)
    }
  }

  private func currentTag(of key: String) throws(ObjectStoreError) -> String? {
    do throws(ObjectStoreError) {
      let file = try open(key)
      defer { file.close() }
      let count = try translating(key) { () throws(StorageError) in try file.size() }
      return try etag(of: file, count, key)
    } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  private func rename(_ temporary: String, to target: String, _ key: String)
    throws(ObjectStoreError)
  {
    try translating(key) { () throws(StorageError) in try files.rename(temporary, to: target) }
  }

  /// Makes the folder and its parents so that they outlive a power cut.
  ///
  /// A folder that is there already may have been made by a process that died before syncing, so
  /// each is synced once in this instance's life.
  func makeDurable(_ folder: String) throws(StorageError) {
    let isKnown = folders.withLock { $0.contains(Array(folder.utf8)) }
    if isKnown || folder == root { return }
    try makeDurable(parent(of: folder))
    try files.makeDirectory(folder)
    try files.syncDirectory(parent(of: folder))
    folders.withLock { known in
      if known.count >= 10_000 { known.removeAll() }
      known.insert(Array(folder.utf8))
    }
  }
}

/// Runs disk calls and puts their errors into the words of this target.
func translating<T>(_ key: String, _ work: () throws(StorageError) -> T)
  throws(ObjectStoreError) -> T
{
  do throws(StorageError) { return try work() } catch {
    throw DirectoryStore.translate(error, key)
  }
}

extension DirectoryStore {
  static func translate(_ error: StorageError, _ key: String) -> ObjectStoreError {
    let kind: ObjectStoreError.Kind =
      switch error.cause {
      case .noSuchFile: .notFound
      case .exists: .alreadyExists
      // On a read: `a/b` is asked for and `a` is an object, or the other way round.
      case .notADirectory where error.isRead, .isADirectory where error.isRead: .notFound
      case .notADirectory, .isADirectory, .nameTooLong, .notEmpty: .invalid
      case .denied: .denied
      case .noSpace, .other: .unavailable
      }
    return ObjectStoreError(kind, key: key, error.description)
  }
}

extension StorageError {
  /// Whether the failed call was one of reading.
  fileprivate var isRead: Bool {
    if case .failed(let operation, _, _) = self {
      return operation == "open" || operation == "pread"
    }
    return false
  }
}
