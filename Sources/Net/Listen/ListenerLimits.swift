/// The limits of one listener, beside those of the whole broker (`listener.name.<name>.…`).
package struct ListenerLimits: Sendable, Equatable {
  /// `max.connections`; nil is no limit of its own.
  package var maximumConnections: Int?
  /// `max.connection.creation.rate`, a second; nil is no limit of its own.
  package var maximumConnectionRate: Double?

  package init(maximumConnections: Int? = nil, maximumConnectionRate: Double? = nil) {
    self.maximumConnections = maximumConnections
    self.maximumConnectionRate = maximumConnectionRate
  }
}
