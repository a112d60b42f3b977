import Platform
import Synchronization

/// What all loops of a server share.
package final class LoopEnvironment: Sendable {
  package let configuration: NetConfiguration
  package let clock: any Clock
  package let log: Logger
  package let counters: NetCounters
  package let budget: BufferBudget
  package let limits: ConnectionLimits
  private let lastConnection = Atomic<Int64>(0)

  package init(
    configuration: NetConfiguration, clock: any Clock, log: Logger,
    counters: NetCounters = NetCounters()
  ) {
    self.configuration = configuration
    self.clock = clock
    self.log = log
    self.counters = counters
    budget = BufferBudget(limit: configuration.bufferBudgetBytes)
    limits = ConnectionLimits(configuration)
  }

  /// A number for a new connection, unique in the process.
  func nextConnectionID() -> Int64 {
    lastConnection.wrappingAdd(1, ordering: .relaxed).newValue
  }
}
