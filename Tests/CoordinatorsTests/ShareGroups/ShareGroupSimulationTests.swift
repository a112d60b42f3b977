import Testing

struct ShareGroupSimulationTests {
  @Test(arguments: 0..<40)
  func `members agree with the log, whatever comes, goes and crashes`(_ seed: UInt64) {
    let simulation = ShareGroupSimulation(seed: seed)
    simulation.run(steps: 150)
    #expect(simulation.toldCount > 5, "something happened")
  }
}
