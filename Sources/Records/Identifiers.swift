import Platform

/// The place of a record in its partition: 0 for the first ever written, growing, with gaps.
package struct Offset: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package var rawValue: Int64
  @inlinable package init(rawValue: Int64) { self.rawValue = rawValue }
  @inlinable package init(_ value: Int64) { rawValue = value }
  @inlinable package static func < (a: Offset, b: Offset) -> Bool { a.rawValue < b.rawValue }
  @inlinable package static func + (a: Offset, count: Int64) -> Offset {
    Offset(a.rawValue + count)
  }
  @inlinable package static func - (a: Offset, b: Offset) -> Int64 { a.rawValue - b.rawValue }
  package var description: String { String(rawValue) }
}

/// How often leadership of a partition has changed hands; part of every stored batch (KIP-101).
package struct LeaderEpoch: RawRepresentable, Hashable, Comparable, Sendable,
  CustomStringConvertible
{
  package var rawValue: Int32
  @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }
  @inlinable package init(_ value: Int32) { rawValue = value }
  @inlinable package static func < (a: LeaderEpoch, b: LeaderEpoch) -> Bool {
    a.rawValue < b.rawValue
  }
  package var description: String { String(rawValue) }
}

/// The number of a partition in its topic, from 0.
package struct PartitionID: RawRepresentable, Hashable, Comparable, Sendable,
  CustomStringConvertible
{
  package var rawValue: Int32
  @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }
  @inlinable package init(_ value: Int32) { rawValue = value }
  @inlinable package static func < (a: PartitionID, b: PartitionID) -> Bool {
    a.rawValue < b.rawValue
  }
  package var description: String { String(rawValue) }
}

/// A topic's UUID (KIP-516): a topic made anew under an old name has a new one.
package struct TopicID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  @inlinable
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package static func random(_ random: some RandomSource) -> TopicID {
    let (high, low) = random.uuid()
    return TopicID(high: high, low: low)
  }

  /// "No topic id" in Kafka's messages.
  package static let zero = TopicID(high: 0, low: 0)

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Kafka's text form: 22 characters of URL-safe base64 without padding.
  package var description: String {
    var text: [UInt8] = []
    var bits = 0
    var held: UInt32 = 0
    for word in [high, low] {
      for shift in stride(from: 56, through: 0, by: -8) {
        held = held << 8 | UInt32(truncatingIfNeeded: word >> UInt64(shift)) & 0xff
        bits += 8
        while bits >= 6 {
          bits -= 6
          text.append(TopicID.alphabet[Int(held >> UInt32(bits)) & 63])
        }
      }
    }
    text.append(TopicID.alphabet[Int(held << UInt32(6 - bits)) & 63])
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads Kafka's text form; nil when it is not one.
  package init?(_ text: String) {
    guard text.utf8.count == 22 else { return nil }
    var words: [UInt64] = [0, 0]
    var bits = 0
    for byte in text.utf8 {
      guard let value = TopicID.alphabet.firstIndex(of: byte) else { return nil }
      for shift in stride(from: 5, through: 0, by: -1) {
        let bit = UInt64(value >> shift & 1)
        if bits < 128 {
          words[bits / 64] = words[bits / 64] << 1 | bit
        } else if bit != 0 {
          return nil
        }
        bits += 1
      }
    }
    self.init(high: words[0], low: words[1])
  }
}
