// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
// 2012, and the authors' reference code for the 128-bit variant).

import Platform

/// A digest that stands for a key in an `OffsetMap`.
struct KeyDigest: Equatable {
  let high: UInt64
  let low: UInt64
}

/// Turns keys into digests that nobody without the secret can make collide.
///
/// Two keys with one digest would lose one key's records. Kafka takes MD5, for which anybody who
/// may produce can make such keys; here the secret is drawn anew for each cleaning, and the chance
/// of any collision among a billion keys is below 2⁻⁶⁸.
struct KeyHasher {
  private let secret: (UInt64, UInt64)

  init(secret: (UInt64, UInt64)) { self.secret = secret }

  init(_ random: some RandomSource) { self.init(secret: (random.next(), random.next())) }

  func digest(_ bytes: UnsafeRawBufferPointer) -> KeyDigest {
    var state = State(secret)
    var position = 0
    while position + 8 <= bytes.count {
      state.absorb(
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position += 8
    }
    var last = UInt64(truncatingIfNeeded: bytes.count) << 56
    for index in position..<bytes.count {
      last |= UInt64(bytes[index]) << UInt64(8 * (index - position))
    }
    state.absorb(last)
    return state.finish()
  }

  private struct State {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    init(_ secret: (UInt64, UInt64)) {
      v0 = secret.0 ^ 0x736f_6d65_7073_6575
      v1 = secret.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
      v2 = secret.0 ^ 0x6c79_6765_6e65_7261
      v3 = secret.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> KeyDigest {
      v2 ^= 0xee
      for _ in 0..<4 { round() }
      let high = v0 ^ v1 ^ v2 ^ v3
      v1 ^= 0xdd
      for _ in 0..<4 { round() }
      return KeyDigest(high: high, low: v0 ^ v1 ^ v2 ^ v3)
    }

    @inline(__always)
    private mutating func round() {
      v0 &+= v1
      v1 = rotated(v1, 13) ^ v0
      v0 = rotated(v0, 32)
      v2 &+= v3
      v3 = rotated(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotated(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotated(v1, 17) ^ v2
      v2 = rotated(v2, 32)
    }

    @inline(__always)
    private func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
      word << count | word >> (64 - count)
    }
  }
}
