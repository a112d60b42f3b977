/// An element of a small XML document, read whole.
struct XMLElement: Sendable, Equatable {
  let name: String
  /// The text right inside it, with references resolved.
  var text = ""
  var children: [XMLElement] = []

  /// Reads a document; throws what `XMLReader` throws.
  init(_ bytes: [UInt8]) throws(XMLReader.Malformed) {
    var reader = XMLReader(bytes)
    guard case .start(let name) = try reader.next() else {
      throw XMLReader.Malformed(position: 0, reason: "no element")
    }
    try self.init(name, &reader)
    // What follows the root must be nothing.
    while let event = try reader.next() {
      throw XMLReader.Malformed(position: 0, reason: "\(event) after the root")
    }
  }

  private init(_ name: String, _ reader: inout XMLReader) throws(XMLReader.Malformed) {
    self.name = name
    var bytes: [UInt8] = []
    while let event = try reader.next() {
      switch event {
      case .start(let name): children.append(try XMLElement(name, &reader))
      case .text(let more): bytes += more
      case .end:
        text = String(decoding: bytes, as: UTF8.self)
        return
      }
    }
  }

  /// The text of the first child of that name.
  subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

  /// All children of that name.
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// Text as it must stand between tags.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
