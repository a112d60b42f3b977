import Records
import Testing

@testable import KafkaProtocol

/// Compares what `fields` functions say with the table of Kafka's messages.
struct MessageFactsTests {
  @Test func `the table and the code have the same messages`() throws {
    let facts = try MessageFacts.load().messages.compactMap { $0.key }
    #expect(facts.sorted() == servedRequests.map { $0.api.key.rawValue }.sorted())
  }

  @Test(arguments: servedRequests.indices)
  func `versions and flexibility are Kafka's`(index: Int) throws {
    let api = servedRequests[index].api
    let fact = try #require(try MessageFacts.load()[api.key.name])
    #expect(fact.key == api.key.rawValue)
    #expect(fact.flexibleFrom == api.flexibleFrom.map(Int.init))
    #expect(fact.versions.lowerBound == Int(api.versions.lowerBound))
    let last = fact.versions.upperBound - (fact.isUnstable ? 1 : 0)
    #expect(last == Int(api.versions.upperBound))
  }

  @Test(arguments: servedRequests.indices)
  func `every field has Kafka's type, order, versions, null, tag, default and name`(
    index: Int
  ) throws {
    let request = servedRequests[index]
    let fact = try #require(try MessageFacts.load()[request.api.key.name])
    let served = Int(request.api.versions.lowerBound)...Int(request.api.versions.upperBound)
    compare(request, with: fact.parts["request"]!, in: served, at: "\(fact.name)Request")
    compare(
      responseType(request), with: fact.parts["response"]!, in: served,
      at: "\(fact.name)Response")
  }

  @Test(arguments: embeddedMessages.indices)
  func `embedded messages are Kafka's too`(index: Int) throws {
    let message = embeddedMessages[index]
    let fact = try #require(try MessageFacts.load()["\(message)"])
    let versions = Int(message.versions.lowerBound)...Int(message.versions.upperBound)
    #expect(fact.versions == versions)
    #expect(fact.flexibleFrom == nil)
    compare(message, with: fact.parts["body"]!, in: versions, at: fact.name)
  }

  private func responseType<R: KafkaRequest>(_ request: R.Type) -> any Message.Type {
    R.Response.self
  }
}

/// Compares one structure, and those inside it, over the versions that are served.
func compare(
  _ message: any Message.Type, with facts: [FieldFact], in served: ClosedRange<Int>,
  at path: String
) {
  let present = facts.filter { $0.versions.overlaps(served) }
  let tagged = present.filter { $0.tag != nil }.sorted { $0.tag! < $1.tag! }
  let expected = present.filter { $0.tag == nil } + tagged
  let shape = ShapeRecorder.shape(of: message)
  let names = fieldNames(of: message, count: shape.count)
  #expect(shape.count == expected.count, "\(path): number of fields")
  for ((fact, field), name) in zip(zip(expected, shape), names) {
    let place = Comment(rawValue: "\(path).\(fact.name)")
    let versions = fact.versions.clamped(to: served)
    #expect(normalized(name) == fact.name.lowercased(), place)
    #expect(typeName(field.type) == fact.type, place)
    #expect(clamp(field.versions, to: served) == versions, place)
    #expect(
      field.nullable.flatMap { clamp($0, to: versions) }
        == fact.nullable.flatMap { $0.overlaps(versions) ? $0.clamped(to: versions) : nil }, place)
    #expect(field.tag == fact.tag, place)
    #expect(isDefault(field.initial, fact), place)
    if let left = field.taggedDefault { #expect(text(left) == text(field.initial), place) }
    if let structure = structure(in: field.type) {
      compare(structure, with: fact.fields, in: versions, at: "\(path).\(fact.name)")
    }
  }
}

private func clamp(_ versions: Versions, to served: ClosedRange<Int>) -> ClosedRange<Int>? {
  let range = Int(versions.first)...Int(versions.last)
  return range.overlaps(served) ? range.clamped(to: served) : nil
}

private func typeName(_ type: WireType) -> String {
  switch type {
  case .array(let element): "[]" + typeName(element)
  case .structure: "struct"
  default: "\(type)"
  }
}

private func structure(in type: WireType) -> (any Message.Type)? {
  switch type {
  case .structure(let message): message
  case .array(let element): structure(in: element)
  default: nil
  }
}

/// A property's name in the table's words.
private func normalized(_ name: String) -> String {
  var name = name
  if name.hasSuffix("Milliseconds") { name = name.dropLast(12) + "Ms" }
  return name.lowercased()
}

private func text(_ value: any WireValue) -> String {
  switch value {
  case let offset as Offset: "\(offset.rawValue)"
  case let code as ErrorCode: "\(code.rawValue)"
  default: "\(value)"
  }
}

/// Whether a new message holds the field's default. Where the table names none, that is zero or
/// empty; for nullable text it is null here, because an error message that nobody set is none.
private func isDefault(_ value: any WireValue, _ fact: FieldFact) -> Bool {
  let text = text(value)
  if let declared = fact.defaultText {
    if fact.type == "records" { return true }
    if declared == "null" { return text == "nil" }
    if declared.hasPrefix("0x") { return text == "\(Int(declared.dropFirst(2), radix: 16)!)" }
    return text == declared.lowercased()
  }
  switch fact.type {
  case "string", "bytes": return text == (fact.nullable == nil ? empty(fact.type) : "nil")
  case "records": return text == "nil" || text == "empty"
  case "bool": return text == "false"
  case "uuid": return text == TopicID.zero.description
  case "float64": return text == "0.0"
  case "struct": return value is any Message
  default: return fact.type.hasPrefix("[]") ? text.hasSuffix("[])") || text == "[]" : text == "0"
  }
}

private func empty(_ type: String) -> String { type == "bytes" ? "[]" : "" }
