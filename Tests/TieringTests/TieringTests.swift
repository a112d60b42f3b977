import Lake
import ObjectStore
import Platform
import Records
import Testing

@testable import Tiering

struct TieringTests {
  /// Lets other tasks run until something holds.
  private func wait(_ what: Comment, until holds: () -> Bool) async throws {
    for _ in 0..<1_000_000 {
      if holds() { return }
      await Task.yield()
    }
    Issue.record(what)
  }

  @Test func `topics settle on their own until they are removed, and stopping waits for them`()
    async throws
  {
    let store = MemoryStore()
    let fixture = try TieredFixture(store: store)
    try fixture.produce(100)
    let tiering = Tiering(fixture.environment)
    tiering.add(fixture.topic)
    try await wait("it settles") {
      fixture.topic.view.settled(fixture.partition) == Offset(100)
    }
    try fixture.produce(50)
    try await wait("it goes on") {
      fixture.log.localStartOffset == Offset(150)
    }
    tiering.remove(fixture.topic.topicID, droppingTable: true)
    #expect(tiering.topic(fixture.topic.topicID) == nil)
    try await wait("the table goes with its topic") { store.keys.isEmpty }
    await tiering.stop()
  }

  @Test func `a topic that was deleted before the lake opened is not taken into care`() async throws
  {
    let fixture = try TieredFixture()
    try fixture.produce(20)
    fixture.topic.remove()
    let tiering = Tiering(fixture.environment)
    tiering.add(fixture.topic)
    #expect(tiering.topic(fixture.topic.topicID) == nil)
    await tiering.stop()
    #expect(fixture.topic.view.settled(fixture.partition) == nil)
  }
}
