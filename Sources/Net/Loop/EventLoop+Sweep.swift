// Every few seconds: idle connections close, and memory that nobody needed goes back.
extension EventLoop {
  func scheduleSweep() {
    let idle = configuration.idleMilliseconds
    let interval = idle > 0 ? min(5_000, max(5, idle / 4)) : 5_000
    schedule(afterMilliseconds: interval) { [unowned self] in
      sweep(intervalMilliseconds: interval)
      scheduleSweep()
    }
  }

  private func sweep(intervalMilliseconds interval: Int64) {
    let idle = configuration.idleMilliseconds * 1_000_000
    let stalled: Int64? =
      bufferWaiters.isEmpty ? nil : configuration.stalledFrameMilliseconds * 1_000_000
    for connection in connections where !connection.isClosed {
      if let reason = connection.expiry(idle: idle, stalled: stalled) {
        counters.expired.add()
        connection.close(reason)
      } else if now - connection.lastProgress > interval * 1_000_000 {
        connection.trim()
      }
    }
    pool.trim()
  }
}
