/// A change of a group whose members the coordinator assigns, with its records on their way to the
/// log.
struct MemberChange: Sendable {
  enum Group: Sendable {
    case consumer(ConsumerGroupMachine)
    case share(ShareGroupMachine)
  }

  /// The group when they are durable.
  let group: Group
  /// What is answered then.
  let replies: [(ReplyToken, GroupReply)]

  /// Whether it is, or becomes, a share group.
  var isOfShareGroup: Bool { if case .share = group { true } else { false } }
}
