import Records

/// The assignors of the coordinator, under Kafka's names.
package enum ServerAssignor: String, CaseIterable, Sendable {
  /// As even as the subscriptions allow, and as few moves as that takes.
  case uniform
  /// For each topic a range of neighbours: members of topics with equally many partitions get the
  /// same numbers of each.
  case range

  /// Says what each member shall have.
  func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    switch self {
    case .uniform: UniformAssignor.assign(question)
    case .range: RangeAssignor.assign(question)
    }
  }
}
