/// Something whose descriptor an event loop watches: epoll holds it unretained, as its token.
///
/// Whoever registers it keeps it alive until the end of the iteration in which it is removed.
/// @unchecked Sendable: references travel, members are touched on the loop's thread only.
package class ReadySource: @unchecked Sendable {
  init() {}

  /// Handles readiness (`VARVE_EPOLL…` bits); on the loop's thread.
  func ready(_ events: UInt32) {}
}
