import Lake
import ObjectStore
import Platform
import Records
import Testing

@testable import Lake
@testable import Tiering

extension TieredFixture {
  /// Lets what waits settle: rounds until everything has and no intent is left.
  func settleAll(rounds: Int = 20) async throws {
    for _ in 0..<rounds {
      try await settler.round()
      if topic.view.settled(partition) == log.endOffset, intents.isEmpty { return }
    }
    Issue.record("it never settles: \(intents), \(log.endOffset)")
  }

  /// Changes a byte of the log's first segment.
  func spoil(at position: Int64) throws {
    let path = "\(root)/data/flights-0/00000000000000000000.log"
    let file = try fileSystem.open(path, .readWrite)
    var failure: StorageError?
    [UInt8(0xff)].withUnsafeBytes { byte in
      do throws(StorageError) { try file.write([byte], at: position) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// What must hold whenever all is settled and nothing is under way: the table has each record
  /// once, consumers see them all, and both tiers together leave no gap.
  func expectWhole(_ comment: Comment) async throws {
    let snapshot = try #require(topic.view.snapshot, comment)
    let files = snapshot.files[partition] ?? []
    #expect(snapshot.state[partition]?.settled == log.endOffset, comment)
    #expect(intents.isEmpty, comment)
    // Files of disjoint bounds that count as many records as can be seen hold each of them once.
    var next = files.first?.offsets.lowerBound ?? 0
    for file in files {
      #expect(file.offsets.lowerBound >= next, comment)
      #expect((next..<file.offsets.lowerBound).allSatisfy(ledger.gaps.contains), comment)
      #expect(
        file.recordCount == file.offsets.filter { !ledger.gaps.contains($0) }.count, comment)
      next = file.offsets.upperBound + 1
    }
    #expect((next..<log.endOffset.rawValue).allSatisfy(ledger.gaps.contains), comment)
    let start = log.logStartOffset.rawValue
    let first = files.first?.offsets.lowerBound ?? log.endOffset.rawValue
    #expect(first <= start || (start..<first).allSatisfy(ledger.gaps.contains), comment)
    #expect(snapshot.state[partition]?.logStart.rawValue == start, comment)
    let seen = try await consume(from: start)
    #expect(seen == committed(from: start), comment)
  }

  /// Every data file, manifest and list in the store is named by some snapshot that is kept.
  func expectNoOrphans(in base: MemoryStore, _ comment: Comment) async throws {
    let table = try #require(topic.view.snapshot?.table, comment)
    var named: Set<String> = []
    let reading = await table.store
    for snapshot in await table.metadata.snapshots {
      named.insert(try reading.key(of: snapshot.manifestList))
      for manifest in try await reading.manifests(of: snapshot) {
        named.insert(try reading.key(of: manifest.path))
        for entry in try await reading.entries(of: manifest) {
          named.insert(try reading.key(of: entry.file.path))
        }
      }
    }
    let kept = base.keys.filter { $0.hasSuffix(".parquet") || $0.hasSuffix(".avro") }
    let orphans = kept.filter { !named.contains($0) }
    #expect(orphans.isEmpty, comment)
    #expect(named.subtracting(kept).isEmpty, comment)
  }
}
