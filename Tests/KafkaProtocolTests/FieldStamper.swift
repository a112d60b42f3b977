@testable import KafkaProtocol

/// Changes one field of a message, the one visited as number `target`, so that reflection can tell
/// which property it is.
struct FieldStamper: FieldCoder, ~Copyable {
  private let target: Int
  private var visited = 0
  private var filler = RandomFiller(version: 0, seed: 7)

  init(target: Int) { self.target = target }

  mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    defer { visited += 1 }
    guard visited == target else { return }
    let before = value
    while value == before { value = filler.make(Value.self, nullable: false) }
  }

  mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    try field(&value, in: versions, nullable: versions)
  }
}

/// The properties of `message` in the order in which `fields` visits them.
func fieldNames(of message: any Message.Type, count: Int) -> [String] {
  (0..<count).map { index in
    let before = Mirror(reflecting: message.init()).children
    let after = Mirror(reflecting: stamped(message, at: index)).children
    let changed = zip(before, after).filter { "\($0.value)" != "\($1.value)" }
    return changed.count == 1 ? changed[0].0.label! : "?"
  }
}

private func stamped<M: Message>(_ type: M.Type, at index: Int) -> M {
  var message = M()
  var stamper = FieldStamper(target: index)
  do { try message.fields(&stamper) } catch { preconditionFailure("a stamper never throws") }
  return message
}
