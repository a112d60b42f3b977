/// Chooses which small manifests a commit merges. Pure.
///
/// A thousand manifests take readers seconds to plan over; one of 8 MiB takes them none to speak
/// of.
enum MergePlan {
  /// Groups of manifests of one spec, each to become one manifest; empty while there are few.
  ///
  /// Groups fill up towards the wanted size; a manifest with no equal is left alone.
  static func groups(_ manifests: [ManifestFile], _ options: TableOptions) -> [[ManifestFile]] {
    let small = manifests.filter { $0.byteCount < options.manifestByteCount / 2 }
    guard small.count > options.smallManifestCount else { return [] }
    var groups: [[ManifestFile]] = []
    for specID in Set(small.map(\.specID)).sorted() {
      var open: [ManifestFile] = []
      var byteCount: Int64 = 0
      // Oldest first: a merged manifest that has room is filled up before a new one is begun.
      for manifest in small.filter({ $0.specID == specID }).sorted(by: isOlder) {
        if byteCount + manifest.byteCount > options.manifestByteCount, !open.isEmpty {
          groups.append(open)
          open = []
          byteCount = 0
        }
        open.append(manifest)
        byteCount += manifest.byteCount
      }
      groups.append(open)
    }
    return groups.filter { $0.count > 1 }
  }

  private static func isOlder(_ a: ManifestFile, _ b: ManifestFile) -> Bool {
    (a.minimumSequenceNumber, a.path) < (b.minimumSequenceNumber, b.path)
  }

  /// The entries of a merged manifest: the live ones, existing, by partition and offset.
  static func merged(_ entries: [[ManifestEntry]]) -> [ManifestEntry] {
    entries.joined().filter(\.isLive).map { $0.carried() }.sorted {
      let a = ($0.file.kafkaPartitions?.lowerBound ?? 0, $0.file.offsets?.lowerBound ?? 0)
      let b = ($1.file.kafkaPartitions?.lowerBound ?? 0, $1.file.offsets?.lowerBound ?? 0)
      return a == b ? $0.file.path < $1.file.path : a < b
    }
  }
}
