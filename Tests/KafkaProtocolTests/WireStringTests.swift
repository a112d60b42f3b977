import Testing

@testable import KafkaProtocol

struct WireStringTests {
  @Test func `a dictionary of owned names is asked with slices of a frame`() {
    let names: [WireString: Int] = [WireString("flights"): 1, WireString("weather-of-the-year"): 2]
    withBuffer(Array("flights weather-of-the-year".utf8)) { buffer in
      let first = WireString(unowned: UnsafeRawBufferPointer(rebasing: buffer[0..<7]))
      let second = WireString(unowned: UnsafeRawBufferPointer(rebasing: buffer[8...]))
      #expect(names[first] == 1)
      #expect(names[second] == 2)
      #expect(names["flight"] == nil)
      #expect(names["flighty"] == nil)
    }
  }

  @Test func `an owned one outlives the bytes it came from`() {
    let kept = withBuffer(Array("größe".utf8)) { buffer in
      WireString(unowned: UnsafeRawBufferPointer(buffer)).owned()
    }
    #expect(String(kept) == "größe")
    #expect(kept == WireString("größe"))
    #expect(kept != WireString("große"))
  }
}
