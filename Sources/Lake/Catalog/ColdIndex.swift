import Records

/// Which files of a snapshot hold which offsets of which partition: the lake's part of a fetch.
///
/// It follows the table from snapshot to snapshot and reads only manifests that it has not seen.
struct ColdIndex: Sendable {
  /// The files of each manifest of the snapshot, by the manifest's location.
  private var manifests: [String: [ColdFile]] = [:]
  /// All files by Kafka partition and first offset; nil when it must be made anew.
  private var byPartition: [Int32: [ColdFile]]?
  /// Files that hold several partitions, or do not say which.
  private var wide: [ColdFile] = []
  /// The snapshot it describes; nil for an empty table.
  private(set) var snapshotID: Int64?

  var fileCount: Int { manifests.values.reduce(0) { $0 + $1.count } }

  /// The manifests of `list` that are not known yet.
  func unknown(_ list: [ManifestFile]) -> [ManifestFile] {
    list.filter { $0.liveFileCount > 0 && manifests[$0.path] == nil }
  }

  /// Takes in a manifest's entries.
  mutating func learn(_ path: String, _ entries: [ManifestEntry]) {
    manifests[path] = entries.filter(\.isLive).map { ColdFile($0.file) }
  }

  /// Becomes the index of `snapshot`, whose manifests are all known.
  mutating func follow(_ snapshot: Int64?, _ list: [ManifestFile]) {
    let paths = Set(list.map(\.path))
    manifests = manifests.filter { paths.contains($0.key) }
    byPartition = nil
    snapshotID = snapshot
  }

  /// The files that may hold records of the partition, by first offset.
  mutating func files(of partition: PartitionID) -> [ColdFile] {
    if byPartition == nil { group() }
    let own = byPartition?[partition.rawValue] ?? []
    let others = wide.filter { $0.holds(partition) }
    return others.isEmpty ? own : (own + others).sorted(by: Self.precedes)
  }

  private mutating func group() {
    var groups: [Int32: [ColdFile]] = [:]
    wide = []
    for file in manifests.values.joined() {
      if file.partitions.count == 1 {
        groups[file.partitions.lowerBound, default: []].append(file)
      } else {
        wide.append(file)
      }
    }
    byPartition = groups.mapValues { $0.sorted(by: Self.precedes) }
  }

  private static func precedes(_ a: ColdFile, _ b: ColdFile) -> Bool {
    (a.offsets.lowerBound, a.offsets.upperBound, a.path)
      < (b.offsets.lowerBound, b.offsets.upperBound, b.path)
  }

  /// The manifests that name any of the files.
  func manifests(naming paths: Set<String>) -> Set<String> {
    Set(manifests.filter { $0.value.contains { paths.contains($0.path) } }.keys)
  }
}
