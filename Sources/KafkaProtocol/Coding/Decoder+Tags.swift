/// Where the decoder is in the tagged fields at the end of one structure (KIP-482): a varint count,
/// then for each its tag and size, as varints, and its value.
struct TagCursor {
  /// Tagged fields not yet entered; −1 while the count has not been read.
  var left = -1
  /// The tag whose value comes next; −1 when the next tag has not been read.
  var tag = -1
  /// The size of the value that comes next.
  var byteCount = 0
  /// The greatest tag seen.
  var last = -1
}

extension Decoder {
  /// Goes to the value of tagged field `tag`, over unknown ones before it; false if it is not
  /// there.
  mutating func enterTag(_ tag: Int) throws(WireError) -> Bool {
    try readTagCount()
    while true {
      if tags.tag < 0 {
        guard tags.left > 0 else { return false }
        try readTag()
      }
      if tags.tag > tag { return false }
      let found = tags.tag == tag
      tags.tag = -1
      if found { return true }
      skip(tags.byteCount)
    }
  }

  /// Goes to the end of the structure, over the tagged fields that `fields` did not ask for.
  mutating func skipRemainingTags() throws(WireError) {
    try readTagCount()
    while tags.left > 0 || tags.tag >= 0 {
      if tags.tag < 0 { try readTag() }
      tags.tag = -1
      skip(tags.byteCount)
    }
  }

  /// Goes over a section of tagged fields of which none is known.
  package mutating func skipTags() throws(WireError) {
    let outer = tags
    tags = TagCursor()
    try skipRemainingTags()
    tags = outer
  }

  private mutating func readTagCount() throws(WireError) {
    guard tags.left < 0 else { return }
    let start = position
    tags.left = try varint()
    // Each takes at least a byte of tag and one of size.
    guard tags.left <= remaining / 2 else { throw WireError(.lengthBeyondEnd, at: start) }
  }

  private mutating func readTag() throws(WireError) {
    let start = position
    tags.tag = try varint()
    guard tags.tag > tags.last else { throw WireError(.tagOutOfOrder, at: start) }
    tags.last = tags.tag
    tags.left -= 1
    tags.byteCount = try varint()
    guard tags.byteCount <= remaining else { throw WireError(.lengthBeyondEnd, at: start) }
  }
}
