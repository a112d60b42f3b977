import Records

/// What an assignor has to go by.
struct AssignmentQuestion: Sendable {
  struct Member: Sendable {
    let id: String
    let instanceID: String?
    let topics: Set<TopicID>
    /// What it was to have before.
    let target: PartitionAssignment
  }

  let members: [Member]
  /// Of each topic that somebody subscribes to; topics that do not exist are left out.
  let partitionCounts: [TopicID: Int32]
}
