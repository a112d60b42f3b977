import Platform
import Synchronization

/// An index of a segment: sorted entries in a file, looked up where they lie.
///
/// New entries wait in memory until 4 KiB have come together. Nothing else is cached: a lookup
/// costs a few small reads from the page cache, so an index takes the same memory however large it
/// is. The file is never the truth; it is rebuilt from the batches when it is missing or bad.
/// Thread-safe, with one writer.
final class IndexFile<Entry: IndexEntry>: Sendable {
  private struct State {
    /// Open while the segment is active, or until `release`.
    var file: (any File)?
    var writtenCount: Int
    var tail: [UInt8] = []
    var last: Entry?
    /// Whether the file, its existence included, may not be durable yet.
    var isDirty: Bool
  }

  let path: String
  private let fileSystem: any FileSystem
  private let state: Mutex<State>

  private static var tailByteCount: Int { 4096 / Entry.byteCount * Entry.byteCount }

  /// An index that has `count` entries in its file, `last` being the last of them.
  init(_ fileSystem: any FileSystem, path: String, count: Int = 0, last: Entry? = nil) {
    self.fileSystem = fileSystem
    self.path = path
    state = Mutex(
      State(writtenCount: count, last: last, isDirty: count == 0 && !Entry.isOnDemand))
  }

  var count: Int { state.withLock { $0.writtenCount + $0.tail.count / Entry.byteCount } }
  var last: Entry? { state.withLock { $0.last } }

  /// Adds an entry, which must not sort below the last one. While the disk is full, entries wait in
  /// memory beyond the 4 KiB; so many as the index may have at most.
  func append(_ entry: Entry) throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      entry.write(to: &state.tail)
      state.last = entry
      guard state.tail.count >= Self.tailByteCount else { return }
      do throws(StorageError) { try flush(&state) } catch {
        if !error.isRefusedForSpace { throw error }
      }
    }
  }

  /// Writes what waits in memory to the file.
  func flush() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in try flush(&state) }
  }

  /// Makes the file's content durable; says whether there was something to do, in which case the
  /// file may be new and its directory entry not durable.
  @discardableResult
  func sync() throws(StorageError) -> Bool {
    let file = try state.withLock { (state) throws(StorageError) -> (any File)? in
      try flush(&state)
      guard state.isDirty else { return nil }
      state.isDirty = false
      return try open(&state)
    }
    try file?.sync()
    return file != nil
  }

  /// Closes the file until it is needed again; for segments that grow no more.
  func release() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      try flush(&state)
      state.file = nil
    }
  }

  /// Opens the file, if there are entries in it, and keeps it open: another index is about to take
  /// its name.
  func hold() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      if state.file == nil && state.writtenCount > 0 {
        state.file = try fileSystem.open(path, .readWrite)
      }
    }
  }

  /// The file, for one lookup.
  private func reading() throws(StorageError) -> any File {
    if let held = state.withLock({ $0.file }) { return held }
    let opened = try fileSystem.open(path, .read)
    // Held since, it may have lost its name before it was opened here.
    return state.withLock { $0.file } ?? opened
  }

  /// Empties the index, in memory and on disk.
  func reset() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      state.tail.removeAll()
      state.writtenCount = 0
      state.last = nil
      state.isDirty = true
      state.file = try fileSystem.open(path, .truncate)
    }
  }

  /// Makes `entries` the index's content, durably and all at once.
  func replaceAll(_ entries: [Entry]) throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      state.file = nil
      state.tail.removeAll()
      state.last = entries.last
      if entries.isEmpty && Entry.isOnDemand {
        try fileSystem.remove(path)
      } else {
        var bytes: [UInt8] = []
        for entry in entries { entry.write(to: &bytes) }
        try fileSystem.replace(path, with: bytes)
      }
      state.writtenCount = entries.count
      state.isDirty = false
    }
  }

  /// Gives `body` the entries after those of which `isBelow` holds, in their order, until it says
  /// no; `isBelow` must hold for a run of first entries and for none after them.
  func forEach(
    from isBelow: (Entry) -> Bool, _ body: (Entry) -> Bool
  ) throws(StorageError) {
    let (tail, written) = state.withLock { ($0.tail, $0.writtenCount) }
    var goesOn = true
    if written > 0 {
      let file = try reading()
      try withTemporaryBytes(Self.tailByteCount) { (buffer) throws(StorageError) in
        var next = try firstIndex(count: written, file, buffer, isBelow)
        while goesOn, next < written {
          let count = min(written - next, buffer.count / Entry.byteCount)
          let block = try read(file, from: next, count: count, into: buffer)
          goesOn = Self.walk(block, isBelow, body)
          next += count
        }
      }
    }
    if goesOn { tail.withUnsafeBytes { _ = Self.walk($0, isBelow, body) } }
  }

  /// How many of the file's entries `isBelow` holds of.
  private func firstIndex(
    count: Int, _ file: any File, _ buffer: UnsafeMutableRawBufferPointer,
    _ isBelow: (Entry) -> Bool
  ) throws(StorageError) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      let one = try read(file, from: middle, count: 1, into: buffer)
      if isBelow(Entry(one.baseAddress!)) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func walk(
    _ bytes: UnsafeRawBufferPointer, _ isBelow: (Entry) -> Bool, _ body: (Entry) -> Bool
  ) -> Bool {
    for position in stride(from: 0, to: bytes.count, by: Entry.byteCount) {
      let entry = Entry(bytes.baseAddress! + position)
      if !isBelow(entry), !body(entry) { return false }
    }
    return true
  }

  /// Finds the last entry of which `isAtOrBelow` holds; it must hold for a run of first entries and
  /// for none after them.
  func floor(_ isAtOrBelow: (Entry) -> Bool) throws(StorageError) -> Entry? {
    let (inTail, written) = state.withLock { state -> (Entry?, Int) in
      let found = state.tail.withUnsafeBytes { Self.floor(in: $0, isAtOrBelow) }
      return (found, state.writtenCount)
    }
    if let inTail { return inTail }
    guard written > 0 else { return nil }
    return try search(count: written, isAtOrBelow)
  }

  /// Narrows the file's entries down to one block by reading single entries, then reads the block.
  private func search(count: Int, _ isAtOrBelow: (Entry) -> Bool) throws(StorageError) -> Entry? {
    let file = try reading()
    return try withTemporaryBytes(4096) { (buffer) throws(StorageError) -> Entry? in
      var low = 0
      var high = count
      let perBlock = buffer.count / Entry.byteCount
      while high - low > perBlock {
        let middle = low + (high - low) / 2
        let one = try read(file, from: middle, count: 1, into: buffer)
        if isAtOrBelow(Entry(one.baseAddress!)) { low = middle } else { high = middle }
      }
      let block = try read(file, from: low, count: high - low, into: buffer)
      return Self.floor(in: block, isAtOrBelow)
    }
  }

  private func read(
    _ file: any File, from first: Int, count: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) -> UnsafeRawBufferPointer {
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * Entry.byteCount)])
    let position = Int64(first * Entry.byteCount)
    let got = try file.read(into: part, at: position)
    guard got == part.count else {
      throw .corrupt(file: path, position: position + Int64(got), reason: "it ends too early")
    }
    return UnsafeRawBufferPointer(part)
  }

  private static func floor(
    in bytes: UnsafeRawBufferPointer, _ isAtOrBelow: (Entry) -> Bool
  ) -> Entry? {
    var low = 0
    var high = bytes.count / Entry.byteCount
    while low < high {
      let middle = (low + high) / 2
      if isAtOrBelow(Entry(bytes.baseAddress! + middle * Entry.byteCount)) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low == 0 ? nil : Entry(bytes.baseAddress! + (low - 1) * Entry.byteCount)
  }

  private func open(_ state: inout State) throws(StorageError) -> any File {
    if let file = state.file { return file }
    let file = try fileSystem.open(path, .createIfMissing)
    state.file = file
    return file
  }

  private func flush(_ state: inout State) throws(StorageError) {
    guard !state.tail.isEmpty else { return }
    let file = try open(&state)
    let position = Int64(state.writtenCount * Entry.byteCount)
    try writeBytes(state.tail, to: file, at: position)
    state.writtenCount += state.tail.count / Entry.byteCount
    state.tail.removeAll(keepingCapacity: true)
    state.isDirty = true
  }
}

/// Gives `body` that many bytes of scratch memory.
func withTemporaryBytes<T>(
  _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(StorageError) -> T
) throws(StorageError) -> T {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
  defer { buffer.deallocate() }
  return try body(buffer)
}

/// Writes an array to a file.
func writeBytes(_ bytes: [UInt8], to file: any File, at position: Int64) throws(StorageError) {
  var failure: StorageError?
  bytes.withUnsafeBytes { buffer in
    do throws(StorageError) { try file.write([buffer], at: position) } catch { failure = error }
  }
  if let failure { throw failure }
}
