import Cluster
import Testing

@testable import Broker

struct ShareFetchSettingsTests {
  @Test func `a share group reads as its configs say, and the broker's where it has none`() throws {
    var broker = ConfigSet(keys: BrokerKeys.all)
    try broker.set("group.share.record.lock.duration.ms", "20000")
    let common = ShareFetchSettings(GroupConfigValues(overrides: [:], broker: broker))
    #expect(common.recordLockMilliseconds == 20_000)
    #expect(common.reset == .latest && !common.readsCommitted)
    let own = ShareFetchSettings(
      GroupConfigValues(
        overrides: [
          "share.record.lock.duration.ms": "40000", "share.auto.offset.reset": "by_duration:PT1H",
          "share.isolation.level": "read_committed",
        ], broker: broker))
    #expect(own.recordLockMilliseconds == 40_000)
    #expect(own.reset == .byDuration(milliseconds: 3_600_000) && own.readsCommitted)
  }
}
