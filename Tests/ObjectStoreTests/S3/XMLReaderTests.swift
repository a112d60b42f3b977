import Testing

@testable import ObjectStore

struct XMLReaderTests {
  private func read(_ text: String) throws -> XMLElement { try XMLElement(Array(text.utf8)) }

  @Test func `a listing is read`() throws {
    let root = try read(
      """
      \u{feff}<?xml version="1.0" encoding="UTF-8"?>
      <!-- a comment with <tags> -->
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='&quot;'>
        <Name>b</Name><Empty/><s3:Contents
          x="1" ><Key>a &amp; b &lt;c&gt; &#228;&#x1FAA8;</Key><Size>1</Size></s3:Contents>
        <Contents><Key><![CDATA[<raw> & ]]]]>x</Key></Contents>
      </ListBucketResult >

      """)
    #expect(root.name == "ListBucketResult")
    #expect(root["Name"] == "b")
    #expect(root["Empty"] == "")
    #expect(root["Missing"] == nil)
    #expect(root.all("Contents").map { $0["Key"] } == ["a & b <c> ä🪨", "<raw> & ]]x"])
  }

  @Test(arguments: [
    "", " ", "text", "<", "<a", "<a>", "<a><b></a></b>", "<a></b>", "</a>", "<a/><b/>", "<a/>x",
    "x<a/>", "<a b></a>", "<a b=c/>", "<a b=\"c/>", "<a b=\"<\"/>", "<a>&nope;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#-1;</a>", "<a>&amp</a>", "<a>&",
    "<a><!-- </a>",
    "<a><![CDATA[ </a>", "<?xml ", "< a/>", "<a / >", "<1&/>", "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a><!ELEMENT b></a>", "{\"a\":1}",
    "<a>&#99999999999999;</a>",
  ])
  func `what is not whole is refused`(text: String) {
    #expect(throws: XMLReader.Malformed.self) { try read(text) }
  }

  @Test func `every cut of a document is refused`() throws {
    let text = "<?xml version='1.0'?><a x=\"y\"><b>1 &amp; 2</b><c/><![CDATA[x]]><!-- y --></a>"
    let bytes = Array(text.utf8)
    _ = try XMLElement(bytes)
    for end in 0..<bytes.count {
      #expect(throws: XMLReader.Malformed.self) { try XMLElement(Array(bytes[..<end])) }
    }
  }

  @Test func `depth, number and names are bounded`() {
    let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
    #expect(throws: XMLReader.Malformed.self) { try read(deep) }
    let many = "<a>" + String(repeating: "<b/>", count: 50_001) + "</a>"
    #expect(throws: XMLReader.Malformed.self) { try read(many) }
    let long = String(repeating: "n", count: 129)
    #expect(throws: XMLReader.Malformed.self) { try read("<\(long)/>") }
  }

  @Test func `what was changed at random does not crash it`() {
    let text = "<a x='1'><b>&amp;&#65;</b><![CDATA[]]><c/><!----><?p?></a>"
    var state: UInt64 = 1
    func roll(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<5_000 {
      var bytes = Array(text.utf8)
      for _ in 0...roll(3) { bytes[roll(bytes.count)] = UInt8(roll(256)) }
      if (try? XMLElement(bytes)) == nil { refused += 1 }
    }
    #expect(refused > 1_000)
  }

  @Test func `escaped text reads back`() throws {
    let text = "a<b>&\"'\u{e4}]]>"
    #expect(try read("<a>\(XMLElement.escaped(text))</a>").text == text)
  }
}
