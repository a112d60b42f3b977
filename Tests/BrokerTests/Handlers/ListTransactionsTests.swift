import Coordinators
import KafkaProtocol
import Testing

@testable import Broker

struct ListTransactionsTests {
  private func filter(_ pattern: String, _ ids: [String]) throws -> PatternFilter {
    PatternFilter(
      try NamePattern(pattern),
      ListTransactionsResponse { response in
        response.transactionStates = ids.map { id in
          ListTransactionsResponse.Transaction { $0.transactionalID = id }
        }
      })
  }

  @Test func `ids stay that match as a whole`() throws {
    var filter = try filter("pay-.*", ["pay-1", "a pay-2", "pay-größe", "pay"])
    while !filter.advance() {}
    #expect(filter.response.transactionStates.map(\.transactionalID) == ["pay-1", "pay-größe"])
  }

  @Test func `a long pattern over many ids is matched some ids at a time`() throws {
    let id = String(repeating: "a", count: 300)
    var filter = try filter("(a|aa){1000}b", Array(repeating: id, count: 3))
    var times = 0
    repeat { times += 1 } while !filter.advance()
    #expect(times == 3)
    #expect(filter.response.transactionStates.isEmpty)
  }

  @Test(arguments: ["(", "(a)\\1", "(?=a)a", "\\p{Greek}"])
  func `what the engine refuses is an invalid regular expression`(pattern: String) throws {
    let broker = try RunningBroker()
    let answer = try broker.ask(ListTransactionsRequest { $0.transactionalIDPattern = pattern })
    #expect(answer.errorCode == .invalidRegularExpression)
    let empty = try broker.ask(ListTransactionsRequest { $0.transactionalIDPattern = "(a+)+b" })
    #expect(empty.errorCode == .none)
  }
}
