import Synchronization

/// A number that only grows; safe from any thread.
package final class Counter: Sendable {
  private let value = Atomic<Int64>(0)
  package init() {}
  package func add(_ amount: Int64 = 1) { value.wrappingAdd(amount, ordering: .relaxed) }
  package var current: Int64 { value.load(ordering: .relaxed) }
}

/// A number that goes up and down; safe from any thread.
package final class Gauge: Sendable {
  private let value = Atomic<Int64>(0)
  package init() {}
  package func set(_ amount: Int64) { value.store(amount, ordering: .relaxed) }
  package func add(_ amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
  package var current: Int64 { value.load(ordering: .relaxed) }
}
