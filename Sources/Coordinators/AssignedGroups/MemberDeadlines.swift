/// When a member of a consumer or share group is given up; monotonic milliseconds, in memory only.
struct MemberDeadlines: Equatable, Sendable {
  /// Unless it is heard of.
  var session: Int64
  /// Unless it gives up what it was told to.
  var revocation: Int64?
  /// Unless it joins again, as it was told to (classic protocol).
  var join: Int64?
  /// Unless it asks for its assignment (classic protocol).
  var sync: Int64?

  init(session: Int64) { self.session = session }

  var earliest: Int64 {
    min(session, revocation ?? .max, join ?? .max, sync ?? .max)
  }
}
