// Large frames take their memory from the budget of all loops; who gets none waits.
extension EventLoop {
  /// Whether a connection may have a larger buffer now; if not, it is told when it may.
  func grantsBuffer(_ byteCount: Int, to connection: Connection) -> Bool {
    if mayGrant(byteCount, to: connection) { return true }
    counters.bufferWaits.add()
    bufferWaiters.append(connection)
    return false
  }

  private func mayGrant(_ byteCount: Int, to connection: Connection) -> Bool {
    let size = BufferPool.capacity(for: byteCount)
    if budget.hasRoom(for: size - connection.chargedBytes) { return true }
    if let privileged, privileged !== connection { return false }
    privileged = connection
    return true
  }

  func revokeGrant(_ connection: Connection) {
    if privileged === connection { privileged = nil }
  }

  func wakeBufferWaiters() {
    guard !bufferWaiters.isEmpty else { return }
    bufferWaiters.removeAll { connection in
      if connection.isClosed { return true }
      guard mayGrant(connection.wantedBufferBytes, to: connection) else { return false }
      connection.wantedBufferBytes = 0
      activate(connection)
      queueForReading(connection)
      return true
    }
  }
}
