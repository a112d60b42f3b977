import KafkaProtocol

/// ListPartitionReassignments: nothing ever moves.
enum ListPartitionReassignmentsHandler: Handler {
  static func handle(
    _ request: ListPartitionReassignmentsRequest, _ call: Call, _ loop: LoopService
  ) {
    call.answer(ListPartitionReassignmentsResponse())
  }
}
