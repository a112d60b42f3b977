/// What a group looks at outside of itself while it handles an event.
package struct GroupSurroundings: Sendable {
  package var topics: any TopicCatalog
  /// The timing of groups that have configs of their own; nil is the broker's.
  package var timing: @Sendable (_ kind: GroupKind, _ group: String) -> GroupTiming?

  package init(
    topics: any TopicCatalog,
    timing: @escaping @Sendable (_ kind: GroupKind, _ group: String) -> GroupTiming? = { _, _ in
      nil
    }
  ) {
    self.topics = topics
    self.timing = timing
  }

  /// No topics, no groups with configs.
  package static let none = GroupSurroundings(topics: EmptyCatalog())
}

/// How often members of a consumer or share group are to be heard of.
package struct GroupTiming: Equatable, Sendable {
  /// `consumer.session.timeout.ms` of the group, or `group.consumer.session.timeout.ms`; for share
  /// groups the same with `share`.
  package var sessionTimeoutMilliseconds: Int64
  /// `consumer.heartbeat.interval.ms` of the group, or `group.consumer.heartbeat.interval.ms`; for
  /// share groups the same with `share`.
  package var heartbeatIntervalMilliseconds: Int32

  package init(sessionTimeoutMilliseconds: Int64, heartbeatIntervalMilliseconds: Int32) {
    self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
    self.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
  }
}
