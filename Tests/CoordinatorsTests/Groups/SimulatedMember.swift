import KafkaProtocol

/// A client as the simulation plays it: it joins, asks for its assignment, sends heartbeats, and
/// reacts to errors as Kafka's own client does.
struct SimulatedMember {
  /// What it waits for.
  enum Phase: Equatable {
    case mustJoin
    case joining
    case syncing
    case working
  }

  let number: Int
  let instanceID: String?
  var memberID = ""
  var generation: Int32 = -1
  var phase = Phase.mustJoin
  /// When it sends its next heartbeat.
  var nextHeartbeat: Int64 = 0
  /// When it gives up waiting for an answer.
  var patience: Int64 = 0
  var assignment: [UInt8] = []

  init(number: Int, isStatic: Bool) {
    self.number = number
    instanceID = isStatic ? "static-\(number)" : nil
  }

  /// Takes in an error; all of them lead to a new join.
  mutating func failed(_ code: ErrorCode) {
    phase = .mustJoin
    switch code {
    case .unknownMemberID, .illegalGeneration, .fencedInstanceID:
      memberID = ""
      generation = -1
    default: break
    }
  }
}
