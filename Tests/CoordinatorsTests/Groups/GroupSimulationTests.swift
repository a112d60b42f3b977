import Testing

@testable import Coordinators

struct GroupSimulationTests {
  @Test(arguments: UInt64(1)...40)
  func `members that come, go and crash agree in the end`(_ seed: UInt64) {
    let simulation = GroupSimulation(seed: seed)
    simulation.run(steps: 250)
    simulation.settle()
    #expect(simulation.commitCount > 5, "seed \(seed): nothing was committed")
    #expect(simulation.assignmentCount > 5, "seed \(seed): nothing was assigned")
  }
}
