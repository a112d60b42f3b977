import Synchronization

/// Gives random numbers; injected, so that a seed can repeat a run.
package protocol RandomSource: Sendable {
  func next() -> UInt64
}

/// The kernel's random numbers.
package struct SystemRandom: RandomSource {
  package init() {}
  package func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// A repeatable sequence (SplitMix64): for tests and the simulation.
package final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  package init(seed: UInt64) { state = Mutex(seed) }

  package func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}

extension RandomSource {
  /// A number in `0..<bound`; `bound` must be positive.
  package func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A random version 4 UUID as 16 bytes (RFC 9562).
  package func uuid() -> (UInt64, UInt64) {
    let high = next() & 0xffff_ffff_ffff_0fff | 0x4000
    let low = next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
    return (high, low)
  }
}
