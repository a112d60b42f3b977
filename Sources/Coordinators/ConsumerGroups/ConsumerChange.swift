/// A change of a consumer group whose records are on their way to the log.
struct ConsumerChange: Sendable {
  /// The group when they are durable.
  let group: ConsumerGroupMachine
  /// What is answered then.
  let replies: [(ReplyToken, GroupReply)]
}
