import KafkaProtocol
import Testing

@testable import Broker

struct HandlerTests {
  @Test func `every handler is found under its own key, and nothing else is`() {
    for handler in servedHandlers {
      let found = handlersByKey[Int(handler.servedAPI.key.rawValue)]
      #expect(found?.servedAPI.key == handler.servedAPI.key)
    }
    #expect(handlersByKey.compactMap { $0 }.count == servedHandlers.count)
  }
}
