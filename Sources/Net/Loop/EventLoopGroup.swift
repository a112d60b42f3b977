import Synchronization

/// The loops of one server; new connections go to them in turn.
package final class EventLoopGroup: Sendable {
  package let environment: LoopEnvironment
  package let loops: [EventLoop]
  private let turn = Atomic<Int>(0)

  package init(count: Int, environment: LoopEnvironment) {
    precondition(count > 0, "a server needs a loop")
    self.environment = environment
    loops = (0..<count).map { EventLoop(index: $0, environment: environment) }
  }

  /// Starts all loops, each with a delegate of its own.
  package func start(_ makeDelegate: (EventLoop) -> any EventLoopDelegate) {
    for loop in loops { loop.start(delegate: makeDelegate(loop)) }
  }

  /// Stops all loops, lets replies that are owed leave for so long, and waits for their ends; close
  /// the listeners first. Not from a loop.
  package func stop(drainMilliseconds: Int64 = 0) {
    for loop in loops { loop.stop(drainMilliseconds: drainMilliseconds) }
    for loop in loops { loop.join() }
  }

  /// The loop whose turn it is.
  package func next() -> EventLoop {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
  }
}
