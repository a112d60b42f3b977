import Records

@testable import Coordinators

/// A client of the consumer protocol as the simulation plays it: it sends heartbeats, gives up what
/// it is told to, some time later, and takes what it is given after that.
struct SimulatedConsumer {
  let id: String
  let instanceID: String?
  var epoch: Int32 = 0
  /// What it reads.
  var owned = PartitionAssignment()
  /// What it was last told to have.
  var told: PartitionAssignment?
  /// It tells all of itself: it joins, or does not know whether its last words were heard.
  var tellsAll = true
  var nextBeat: Int64 = 0
  var isWaiting = false

  init(number: Int, isStatic: Bool) {
    id = "m\(number)"
    instanceID = isStatic ? "i\(number)" : nil
  }

  /// It is not in the group any more: it reads nothing until it has joined again.
  mutating func fenced() {
    epoch = 0
    owned = PartitionAssignment()
    told = nil
    tellsAll = true
  }
}
