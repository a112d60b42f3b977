extension GroupRefusal {
  static func unknown(_ memberID: String) -> GroupRefusal {
    GroupRefusal(.unknownMemberID, "Member \(memberID) is not a member of the group.")
  }

  static func unknownInstance(_ instanceID: String) -> GroupRefusal {
    GroupRefusal(.unknownMemberID, "Instance id \(instanceID) is unknown.")
  }

  static func fenced(_ instanceID: String) -> GroupRefusal {
    GroupRefusal(.fencedInstanceID, "Instance id \(instanceID) belongs to another member.")
  }
}
