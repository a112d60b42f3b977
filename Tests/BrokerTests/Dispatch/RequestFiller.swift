import Records

@testable import KafkaProtocol

/// Fills a request with what names things that exist: every text is the topic's name, every id is
/// its id, every list has one item. Numbers keep their defaults.
struct RequestFiller: FieldCoder, ~Copyable {
  private let version: Int16
  let name: String
  let id: TopicID

  init(version: Int16, name: String, id: TopicID) {
    self.version = version
    self.name = name
    self.id = id
  }

  mutating func field<Value: WireValue>(
    _ value: inout Value, in versions: Versions, nullable: Versions
  ) throws(WireError) {
    if versions.contains(version), let filled = make(Value.self) as? Value { value = filled }
  }

  mutating func tagged<Value: WireValue>(
    _ tag: Int, _ value: inout Value, in versions: Versions, default defaultValue: Value
  ) throws(WireError) {
    // Left out, as clients do with what they have no use for.
  }

  fileprivate mutating func make(_ type: Any.Type) -> Any? {
    switch type {
    case is String.Type, is String?.Type: name
    case is WireString.Type: WireString(name)
    case is TopicID.Type: id
    case let filled as any Filled.Type: filled.make(&self)
    case let message as any Message.Type: fill(message)
    default: nil
    }
  }

  private mutating func fill<M: Message>(_ type: M.Type) -> M {
    var message = M()
    do { try message.fields(&self) } catch { preconditionFailure("a filler never throws") }
    return message
  }
}

/// A list, or one that may be null.
private protocol Filled {
  static func make(_ filler: inout RequestFiller) -> Any?
}

extension Array: Filled where Element: WireValue {
  fileprivate static func make(_ filler: inout RequestFiller) -> Any? {
    // Bytes stay empty: they are not a list.
    guard Element.self != UInt8.self else { return nil }
    if let item = filler.make(Element.self) as? Element { return [item] }
    return
      (0 as? Element ?? Int8(0) as? Element ?? Int32(0) as? Element
      ?? PartitionID(0) as? Element).map { [$0] }
  }
}

extension Optional: Filled {
  fileprivate static func make(_ filler: inout RequestFiller) -> Any? {
    filler.make(Wrapped.self).flatMap { $0 as? Wrapped }
  }
}
