import Testing

struct ShareGroupSimulationTests {
  @Test(arguments: 0..<40)
  func `members agree with the log, whatever comes, goes and crashes`(_ seed: UInt64) {
    let simulation = ShareGroupSimulation(seed: seed)
    simulation.run(steps: 150)
    #expect(simulation.toldCount > 5, "something happened")
  }

  @Test func `the group is also deleted at times`() {
    let counts = (0..<3 as Range<UInt64>).map { seed in
      let simulation = ShareGroupSimulation(seed: seed)
      simulation.run(steps: 150)
      return simulation.deletionCount
    }
    #expect(counts.reduce(0, +) > 0)
  }
}
