import Platform
import Records

@testable import KafkaProtocol

/// Fills a message with random content that its version can carry.
struct RandomFiller: FieldCoder, ~Copyable {
  private let version: Int16
  let random: SeededRandom

  init(version: Int16, seed: UInt64) {
    self.version = version
    random = SeededRandom(seed: seed)
  }

  mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    guard versions.contains(version) else { return }
    value = make(Value.self, nullable: nullable.contains(version))
  }

  mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    // Flexible formats only have tagged fields; every message's tags begin with such a version.
    guard versions.contains(version), random.below(3) > 0 else { return }
    value = make(Value.self, nullable: true)
  }

  mutating func make<Value: WireValue>(_ type: Value.Type, nullable: Bool) -> Value {
    if let message = type as? any Message.Type { return fill(message) as! Value }
    guard let source = type as? any Randomizable.Type else {
      preconditionFailure("no random \(type)")
    }
    return source.random(&self, nullable: nullable) as! Value
  }

  private mutating func fill<M: Message>(_ type: M.Type) -> M {
    var message = M()
    do { try message.fields(&self) } catch { preconditionFailure("a filler never throws") }
    return message
  }
}

/// A type of which the filler can make random values.
protocol Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Self
}

extension Randomizable where Self: FixedWidthInteger {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Self {
    Self(truncatingIfNeeded: filler.random.next())
  }
}

extension Int8: Randomizable {}
extension UInt8: Randomizable {}
extension Int16: Randomizable {}
extension UInt16: Randomizable {}
extension Int32: Randomizable {}
extension Int64: Randomizable {}

extension Bool: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Bool {
    filler.random.below(2) == 0
  }
}

extension Double: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Double {
    Double(filler.random.below(1_000_000)) / 7
  }
}

extension TopicID: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> TopicID {
    TopicID.random(filler.random)
  }
}

extension Randomizable where Self: WireIdentifier, RawValue: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Self {
    Self(rawValue: RawValue.random(&filler, nullable: false))
  }
}

extension Offset: Randomizable {}
extension PartitionID: Randomizable {}
extension LeaderEpoch: Randomizable {}

extension ErrorCode: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> ErrorCode {
    ErrorCode.allCases[filler.random.below(ErrorCode.allCases.count)]
  }
}

extension String: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> String {
    let letters = Array("abcxyz-_.09 äß漢😀")
    return String((0..<filler.random.below(9)).map { _ in letters[filler.random.below(16)] })
  }
}

extension WireString: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> WireString {
    WireString(String.random(&filler, nullable: false))
  }
}

extension Array: Randomizable where Element: WireValue {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> [Element] {
    (0..<filler.random.below(3)).map { _ in filler.make(Element.self, nullable: false) }
  }
}

extension Optional: Randomizable where Wrapped: NullableWireValue {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> Wrapped? {
    if nullable, filler.random.below(3) == 0 { return nil }
    return filler.make(Wrapped.self, nullable: false)
  }
}

extension RecordSlice: Randomizable {
  /// Bytes that live as long as the test process, as those of a receive buffer outlive a request.
  private static nonisolated(unsafe) let immortal: UnsafeMutableRawBufferPointer = {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
    for index in 0..<64 { bytes[index] = UInt8(index) }
    return bytes
  }()

  static func random(_ filler: inout RandomFiller, nullable: Bool) -> RecordSlice {
    let count = filler.random.below(40)
    return RecordSlice(UnsafeMutableRawBufferPointer(rebasing: immortal[0..<count]))
  }
}

extension RecordPayload: Randomizable {
  static func random(_ filler: inout RandomFiller, nullable: Bool) -> RecordPayload {
    let count = filler.random.below(40)
    return count == 0 ? .empty : .bytes(ByteBlock((0..<count).map { UInt8($0) }))
  }
}
