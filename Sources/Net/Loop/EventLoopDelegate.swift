/// What an event loop serves: one object per loop, called on the loop's thread only.
package protocol EventLoopDelegate: AnyObject {
  /// A connection joined the loop.
  func opened(_ connection: Connection)
  /// One whole frame arrived, without its four length bytes.
  ///
  /// The bytes stay valid and unmoved until the `endOfIteration()` that follows has returned, also
  /// when the connection closes meanwhile; they may be changed in place.
  func received(frame: UnsafeMutableRawBufferPointer, on connection: Connection)
  /// All ready connections, posted closures and due timers of this iteration are done: appends go
  /// to the log now. Replies fulfilled in here leave with this iteration.
  func endOfIteration()
  /// A connection is gone: its last call. Comes after the `endOfIteration()` of its last frames.
  func closed(_ connection: Connection)
}

extension EventLoopDelegate {
  package func opened(_ connection: Connection) {}
  package func endOfIteration() {}
  package func closed(_ connection: Connection) {}
}
