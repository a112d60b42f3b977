import Testing

struct ConsumerGroupSimulationTests {
  @Test(arguments: 0..<40)
  func `no partition is read by two, whatever comes, goes and crashes`(_ seed: UInt64) {
    let simulation = ConsumerGroupSimulation(seed: seed)
    simulation.run(steps: 150)
    #expect(simulation.takenCount > 5, "something happened")
  }
}
