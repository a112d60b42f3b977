import Testing

@testable import Coordinators

struct TransactionSimulationTests {
  @Test(arguments: UInt64(1)...60)
  func `every transaction has one outcome, and the one that was told`(_ seed: UInt64) {
    let simulation = TransactionSimulation(seed: seed)
    simulation.run(steps: 3000)
    simulation.settle()
    #expect(simulation.crashCount > 5, "seed \(seed)")
    #expect(simulation.told.count > 10, "seed \(seed): too little happened")
    let committed = simulation.told.values.count { $0.commits && !$0.partitions.isEmpty }
    #expect(committed > 3, "seed \(seed): nothing was committed")
  }
}
