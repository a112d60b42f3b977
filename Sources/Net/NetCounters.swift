import Platform

/// What the network has done so far, over all loops; loops add to it once an iteration.
package final class NetCounters: Sendable {
  /// Connections open now.
  package let connections = Gauge()
  package let accepted = Counter()
  /// Connections closed because of `max.connections.per.ip` or `connection_creation_rate`.
  package let refused = Counter()
  /// Times a listener stopped accepting because of `max.connections` or
  /// `max.connection.creation.rate`.
  package let pauses = Counter()
  package let closed = Counter()
  /// Connections closed for a frame length below zero or above the limit.
  package let invalidFrames = Counter()
  package let expired = Counter()
  package let bytesIn = Counter()
  package let bytesOut = Counter()
  package let framesIn = Counter()
  package let repliesOut = Counter()
  /// Times a connection had to wait for buffer memory.
  package let bufferWaits = Counter()

  package init() {}
}
