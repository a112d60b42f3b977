/// When an event happens, on both clocks.
package struct EventTime: Equatable, Sendable {
  /// For deadlines.
  package var monotonicMilliseconds: Int64
  /// Since 1970; for what is stored.
  package var wallMilliseconds: Int64

  package init(monotonicMilliseconds: Int64, wallMilliseconds: Int64) {
    self.monotonicMilliseconds = monotonicMilliseconds
    self.wallMilliseconds = wallMilliseconds
  }
}
