import Platform
import Testing

@testable import Broker

struct StorageAlarmTests {
  @Test func `of many failures one in a while is said, with how many others there were`() {
    let clock = ManualClock()
    let alarm = StorageAlarm(clock: clock, log: Logger(part: "test", minimum: .error))
    #expect(alarm.turn() == 0)
    for _ in 0..<5 { #expect(alarm.turn() == nil) }
    clock.advance(milliseconds: StorageAlarm.pauseNanoseconds / 1_000_000)
    #expect(alarm.turn() == 5)
    #expect(alarm.turn() == nil)
    clock.advance(milliseconds: StorageAlarm.pauseNanoseconds / 1_000_000)
    #expect(alarm.turn() == 1)
  }
}
