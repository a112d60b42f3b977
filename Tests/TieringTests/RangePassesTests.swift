import Records
import Testing

@testable import Tiering

struct RangePassesTests {
  @Test func `each slot is written in one pass, and the next begins at the first that waits`() {
    var passes = RangePasses(openLimit: 2)
    let slots: [Int32] = [1, 2, 1, 3, 4, 2, 5, 3]
    var written: [[Int]] = []
    var start: Offset? = Offset(0)
    while let from = start {
      var own: [Int] = []
      for index in Int(from.rawValue)..<slots.count
      where passes.turn(of: [slots[index]], at: Offset(Int64(index))) == .now {
        own.append(index)
      }
      written.append(own)
      start = passes.begin()
    }
    #expect(written == [[0, 1, 2, 5], [3, 4, 7], [6]])
  }

  @Test func `what fits is one pass`() {
    var passes = RangePasses(openLimit: 3)
    for offset in 0..<9 as Range<Int64> {
      #expect(passes.turn(of: [Int32(offset % 3), nil], at: Offset(offset)) == .now)
    }
    #expect(passes.isFirst)
    #expect(passes.begin() == nil)
  }

  @Test func `a slot that would need pass 33 is too many`() {
    var passes = RangePasses(openLimit: 2)
    for slot in 0..<64 as Range<Int32> {
      #expect(passes.turn(of: [slot], at: Offset(Int64(slot))) == (slot < 2 ? .now : .notNow))
    }
    #expect(passes.turn(of: [64], at: Offset(64)) == .tooMany)
    // Those that are known still have their turn.
    #expect(passes.turn(of: [63], at: Offset(65)) == .notNow)
    #expect(passes.turn(of: [1], at: Offset(66)) == .now)
    #expect(passes.begin() == Offset(2))
    #expect(!passes.isFirst)
  }
}
