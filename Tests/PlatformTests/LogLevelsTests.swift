import Testing

@testable import Platform

struct LogLevelsTests {
  @Test func `a part's own level wins over the root's, until it is taken back`() {
    let levels = LogLevels(.info)
    let net = levels.threshold(of: "net")
    levels.set("net", .debug)
    levels.set(LogLevels.root, .error)
    #expect(net.level == .debug)
    #expect(levels.threshold(of: "lake").level == .error)
    #expect(levels.inForce == ["net": .debug, "lake": .error, "root": .error])
    levels.set("net", nil)
    #expect(net.level == .error)
  }

  @Test func `all loggers of a part follow its level`() {
    let log = Logger(part: "broker", minimum: .error)
    let net = log.named("net")
    log.levels.set("net", .info)
    #expect(net.levels.inForce == ["broker": .error, "net": .info, "root": .error])
    #expect(log.named("net").levels === net.levels)
  }
}
