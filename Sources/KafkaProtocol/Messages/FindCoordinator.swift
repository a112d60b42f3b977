/// Asks which broker coordinates a group or a transactional id.
package struct FindCoordinatorRequest: KafkaRequest {
  package typealias Response = FindCoordinatorResponse

  package static let api = API(.findCoordinator, versions: 0...6, flexibleFrom: 3)

  package var key = ""
  /// 0 group, 1 transactional id, 2 share group.
  package var keyType: Int8 = 0
  package var coordinatorKeys: [String] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&key, in: 0...3)
    try f.field(&keyType, in: 1...)
    try f.field(&coordinatorKeys, in: 4...)
  }
}

/// Says which brokers coordinate; up to version 3 for one key, in the first fields.
package struct FindCoordinatorResponse: KafkaResponse {
  package static let api = FindCoordinatorRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var nodeID: Int32 = 0
  package var host = ""
  package var port: Int32 = 0
  package var coordinators: [Coordinator] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds, in: 1...)
    try f.field(&errorCode, in: 0...3)
    try f.field(&errorMessage, in: 1...3)
    try f.field(&nodeID, in: 0...3)
    try f.field(&host, in: 0...3)
    try f.field(&port, in: 0...3)
    try f.field(&coordinators, in: 4...)
  }

  /// The broker that coordinates one key.
  package struct Coordinator: Message {
    package var key = ""
    package var nodeID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&key)
      try f.field(&nodeID)
      try f.field(&host)
      try f.field(&port)
      try f.field(&errorCode)
      try f.field(&errorMessage)
    }
  }
}
