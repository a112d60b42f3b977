import Testing

@testable import Cluster

struct ShareOffsetResetTests {
  @Test(
    arguments: [
      ("earliest", .earliest), ("latest", .latest), ("LATEST", .latest),
      ("by_duration:P1D", .byDuration(milliseconds: 86_400_000)),
      ("by_duration:PT1H", .byDuration(milliseconds: 3_600_000)),
      ("by_duration:P2DT3H4M5S", .byDuration(milliseconds: 183_845_000)),
      ("by_duration:pt5s", .byDuration(milliseconds: 5000)),
      ("by_duration:PT0S", .byDuration(milliseconds: 0)),
      ("BY_DURATION:PT0.5S", .byDuration(milliseconds: 500)),
      ("by_duration:PT1M2.0019S", .byDuration(milliseconds: 62_001)),
    ] as [(String, ShareOffsetReset)])
  func `what Kafka takes is read`(text: String, expected: ShareOffsetReset) {
    #expect(ShareOffsetReset(text) == expected)
  }

  @Test(arguments: [
    "", "last", "none", "by_duration:PT0.5M", "by_duration:PT.5S", "by_duration:PT1.S",
    "by_duration", "by_duration:", "by_duration:P", "by_duration:PT",
    "by_duration:P1DT", "by_duration:1D", "by_duration:P-1D", "by_duration:-P1D",
    "by_duration:P+1D", "by_duration:PT1M1H", "by_duration:P1H", "by_duration:PT1D",
    "by_duration:P1D2", "by_duration:PTS", "by_duration:P1Y",
    "by_duration:P99999999999999999D", "by_duration:P106751991167DT99999999999H",
  ])
  func `anything else is not`(text: String) {
    #expect(ShareOffsetReset(text) == nil)
  }
}
