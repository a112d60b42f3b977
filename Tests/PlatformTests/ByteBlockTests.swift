import Testing

@testable import Platform

struct ByteBlockTests {
  @Test func `a part shares the bytes and keeps them alive`() {
    var whole: ByteBlock? = ByteBlock([0, 1, 2, 3, 4, 5, 6, 7])
    weak let storage = whole
    var part: ByteBlock? = ByteBlock(2..<7, of: whole!)
    var inner: ByteBlock? = ByteBlock(1..<3, of: part!)
    #expect(part?.bytes.baseAddress == whole!.bytes.baseAddress! + 2)

    whole = nil
    #expect(part?.array == [2, 3, 4, 5, 6])
    part = nil
    #expect(inner?.array == [3, 4])
    #expect(storage != nil)

    inner = nil
    #expect(storage == nil)
  }

  @Test func `a part may be empty at either end`() {
    let whole = ByteBlock([9, 8])
    #expect(ByteBlock(0..<0, of: whole).array == [])
    #expect(ByteBlock(2..<2, of: whole).array == [])
    #expect(ByteBlock(0..<2, of: whole).array == [9, 8])
  }
}
