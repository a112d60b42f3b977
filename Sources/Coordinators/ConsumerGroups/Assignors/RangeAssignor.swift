import Records

/// Gives each subscriber of a topic a run of its partitions; the first ones get one more when they
/// do not divide evenly. The order of members is by instance id, else by member id, so that static
/// members keep their places when they come back.
enum RangeAssignor {
  static func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    let members = question.members.sorted { a, b in
      switch (a.instanceID, b.instanceID) {
      case (let first?, let second?): first < second
      case (_?, nil): true
      case (nil, _?): false
      case (nil, nil): a.id < b.id
      }
    }
    var result: [String: PartitionAssignment] = [:]
    for member in members { result[member.id] = PartitionAssignment() }
    for (topic, partitionCount) in question.partitionCounts {
      let subscribers = members.filter { $0.topics.contains(topic) }
      guard !subscribers.isEmpty else { continue }
      let (share, extra) = Int(partitionCount).quotientAndRemainder(dividingBy: subscribers.count)
      var first = 0
      for (index, member) in subscribers.enumerated() {
        let end = first + share + (index < extra ? 1 : 0)
        result[member.id]?.insert((first..<end).map { PartitionID(Int32($0)) }, of: topic)
        first = end
      }
    }
    return result
  }
}
