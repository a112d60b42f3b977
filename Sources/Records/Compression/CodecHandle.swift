import CArrow

/// Owns one codec of the library, with its working memory.
struct CodecHandle: ~Copyable {
  let pointer: OpaquePointer

  init?(kind: Int32, level: Int32 = codecDefaultLevel) {
    guard let pointer = varve_codec_create(kind, level) else { return nil }
    self.pointer = pointer
  }

  deinit { varve_codec_destroy(pointer) }
}

/// The level that the library takes when nobody has a wish.
let codecDefaultLevel = Int32.min
