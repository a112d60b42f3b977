import Records
import Testing

@testable import CommitLog

struct LeaderEpochCacheTests {
  private func cache(_ entries: (Int32, Int64)...) -> LeaderEpochCache {
    LeaderEpochCache(
      entries.map {
        LeaderEpochCache.Entry(epoch: LeaderEpoch($0.0), startOffset: Offset($0.1))
      })
  }

  @Test func `an epoch's end is the next one's start`() {
    let cache = cache((2, 10), (4, 20), (5, 30))
    let expected: [(Int32, Int32?, Int64?)] = [
      (0, 0, 10), (1, 1, 10), (2, 2, 20), (3, 2, 20), (4, 4, 30), (5, 5, 99), (6, nil, nil),
    ]
    for (requested, epoch, offset) in expected {
      let found = cache.endOffset(for: LeaderEpoch(requested), logEnd: Offset(99))
      #expect(found?.epoch.rawValue == epoch && found?.offset.rawValue == offset)
    }
    #expect(LeaderEpochCache().endOffset(for: LeaderEpoch(0), logEnd: Offset(0)) == nil)
    #expect(cache.epoch(at: Offset(9)) == nil)
    #expect(cache.epoch(at: Offset(29))?.rawValue == 4)
  }

  @Test func `assigning keeps both columns ascending`() {
    var epochs = cache((1, 0), (3, 50))
    let again = epochs.assign(LeaderEpoch(3), startOffset: Offset(60))
    #expect(!again)
    let next = epochs.assign(LeaderEpoch(4), startOffset: Offset(50))
    #expect(next)
    #expect(epochs == cache((1, 0), (4, 50)))
    epochs.assign(LeaderEpoch(2), startOffset: Offset(70))
    #expect(epochs == cache((1, 0), (2, 70)))
  }

  @Test func `both ends are cut`() {
    var epochs = cache((1, 0), (2, 10), (3, 20))
    epochs.truncate(fromEnd: Offset(20))
    #expect(epochs == cache((1, 0), (2, 10)))
    epochs.truncate(fromStart: Offset(15))
    #expect(epochs == cache((2, 15)))
    epochs.truncate(fromStart: Offset(3))
    #expect(epochs == cache((2, 15)))
  }

  @Test func `the file has Kafka's form, and nothing else is taken`() {
    let epochs = cache((1, 0), (2, 10))
    #expect(epochs.text == "0\n2\n1 0\n2 10\n")
    #expect(LeaderEpochCache(text: epochs.text) == epochs)
    for bad in ["", "1\n0\n", "0\n1\n", "0\n1\n1\n", "0\n1\n1 0 0\n", "0\n2\n2 10\n1 0\n"] {
      #expect(LeaderEpochCache(text: bad) == nil)
    }
  }
}
