import Platform
import Testing

@testable import Broker

/// Who gets a fetch session, who loses one, and what ids and epochs are answered with (KIP-227).
struct FetchSessionCacheTests {
  typealias Cache = FetchSessionCache<String>

  private let random = SeededRandom(seed: 7)

  private func newcomer(_ name: String, _ count: Int = 1, isPrivileged: Bool = false)
    -> Cache
    .Newcomer
  {
    Cache.Newcomer(
      session: name, partitionCount: count, usesTopicIDs: true, isPrivileged: isPrivileged)
  }

  /// What a fetch is answered with, in short.
  private func begin(_ cache: inout Cache, _ id: Int32, _ epoch: Int32, ids: Bool = true) -> String
  {
    let (decision, ended) = cache.begin(Cache.Ask(id: id, epoch: epoch, usesTopicIDs: ids))
    let what =
      switch decision {
      case .full: "full"
      case .sessionless: "sessionless"
      case .incremental(let session): session
      case .refused(let refusal): "\(refusal)"
      }
    return ended.map { "\(what), ends \($0)" } ?? what
  }

  @Test func `a session lives from epoch to epoch`() throws {
    var cache = Cache(slotLimit: 10, partitionLimit: 100)
    #expect(begin(&cache, 0, 0) == "full")
    let id = try #require(cache.add(newcomer("a"), now: 0, random: random).id)
    #expect(id > 0)
    #expect(begin(&cache, id, 2) == "wrongEpoch")
    #expect(begin(&cache, id, 1) == "a")
    #expect(begin(&cache, id, 1) == "wrongEpoch")
    #expect(begin(&cache, id, 2) == "a")
    #expect(begin(&cache, id, 3, ids: false) == "otherTopicIDs")
    #expect(begin(&cache, id, 3) == "a")
    #expect(begin(&cache, id &+ 1, 1) == "unknownID")
    #expect(begin(&cache, 0, 7) == "unknownID")
    // Both ends of the count of epochs end the session that they name.
    #expect(begin(&cache, id, 0) == "full, ends a")
    #expect(begin(&cache, id, 4) == "unknownID")
    let next = try #require(cache.add(newcomer("b"), now: 0, random: random).id)
    #expect(begin(&cache, next, -1) == "sessionless, ends b")
    #expect(begin(&cache, next, -1) == "sessionless")
    #expect(cache.count == 0 && cache.partitionCount == 0)
  }

  @Test func `epochs go on at one after the last`() {
    #expect(Cache.epoch(after: 0) == 1)
    #expect(Cache.epoch(after: 1) == 2)
    #expect(Cache.epoch(after: .max) == 1)
  }

  /// Sessions that fill the cache: name, partitions, created at, used at, privileged.
  typealias Row = (String, Int, Int64, Int64, Bool)

  @Test(
    arguments: [
      // All young and used: an ordinary newcomer finds no room, however large it is.
      ("young", [("a", 1, 0, 0, false), ("b", 2, 0, 0, false)], 100, 9, false, "-"),
      // Unused for more than 120 s: the stalest goes, whatever its size.
      ("stale", [("a", 9, 0, 1, false), ("b", 1, 0, 5, false)], 120_002, 1, false, "a"),
      ("at the limit", [("a", 9, 0, 0, false), ("b", 1, 0, 0, false)], 120_000, 1, false, "-"),
      // Old but in use: the smallest, if it is not larger than the newcomer.
      ("old", [("a", 9, 0, 120_000, false), ("b", 4, 0, 120_000, false)], 120_001, 5, false, "b"),
      (
        "larger", [("a", 9, 0, 120_000, false), ("b", 6, 0, 120_000, false)], 120_001, 5, false, "-"
      ),
      (
        "only old", [("a", 9, 0, 120_000, false), ("b", 1, 90_000, 120_000, false)],
        120_001, 10, false, "a"
      ),
      // A replica's pushes out any that is no replica's, at once and whatever its size.
      ("replica", [("a", 900, 0, 0, false), ("b", 90, 0, 0, false)], 1, 1, true, "b"),
      ("replicas only", [("a", 1, 0, 0, true), ("b", 1, 0, 0, true)], 1, 5, true, "-"),
      (
        "old replica", [("a", 9, 0, 120_000, true), ("b", 1, 0, 120_000, true)],
        120_001, 5, true, "b"
      ),
      // A replica's that is in use is no consumer's to push out.
      (
        "consumer", [("a", 1, 0, 120_000, true), ("b", 1, 0, 120_000, true)],
        120_001, 5, false, "-"
      ),
      (
        "stale replica", [("a", 1, 0, 0, true), ("b", 1, 0, 120_000, true)],
        120_001, 5, false, "a"
      ),
    ] as [(String, [Row], Int64, Int, Bool, String)])
  func `whoever must make room does`(
    name: String, rows: [Row], now: Int64, count: Int, isPrivileged: Bool, expected: String
  ) throws {
    var cache = Cache(slotLimit: rows.count, partitionLimit: 10_000)
    for (session, count, created, used, isPrivileged) in rows {
      let id = try #require(
        cache.add(
          newcomer(session, count, isPrivileged: isPrivileged), now: created, random: random
        ).id)
      let isKept = cache.touch(id, partitionCount: count, now: used)
      #expect(isKept)
    }
    let (id, evicted) = cache.add(
      newcomer("new", count, isPrivileged: isPrivileged), now: now, random: random)
    #expect(evicted ?? "-" == expected, "\(name)")
    #expect((id != nil) == (evicted != nil), "\(name)")
    #expect(cache.count == rows.count, "\(name)")
  }

  @Test func `partitions of all sessions together are bounded`() throws {
    var cache = Cache(slotLimit: 10, partitionLimit: 10)
    let first = try #require(cache.add(newcomer("a", 6), now: 0, random: random).id)
    let large = cache.add(newcomer("b", 5), now: 0, random: random)
    #expect(large.id == nil && large.evicted == nil)
    let huge = cache.add(newcomer("huge", 11), now: 500_000, random: random)
    #expect(huge.id == nil && huge.evicted == nil)
    let second = try #require(cache.add(newcomer("b", 4), now: 0, random: random).id)
    #expect(cache.partitionCount == 10)
    // One that outgrows the limit is gone; its client starts anew.
    let isKept = cache.touch(second, partitionCount: 5, now: 0)
    #expect(!isKept)
    #expect(begin(&cache, second, 1) == "unknownID")
    #expect(cache.partitionCount == 6)
    let fits = cache.touch(first, partitionCount: 10, now: 0)
    #expect(fits && cache.partitionCount == 10)
    let isBack = cache.touch(second, partitionCount: 1, now: 0)
    #expect(!isBack)
    // A stale one makes room for partitions too.
    let (third, evicted) = cache.add(newcomer("c", 3), now: 130_000, random: random)
    #expect(third != nil && evicted == "a")
    #expect(cache.partitionCount == 3 && cache.count == 1)
  }

  @Test func `without slots there are no sessions`() {
    var cache = Cache(slotLimit: 0, partitionLimit: 10)
    let (id, _) = cache.add(newcomer("a"), now: 0, random: random)
    #expect(id == nil)
    #expect(begin(&cache, 0, 0) == "full")
  }
}
