import Coordinators
import KafkaProtocol

extension TransactionReply {
  /// The error of an answer that is the same for all of the request.
  var code: ErrorCode {
    switch self {
    case .producer(let code, _): code
    case .partitions(let codes): codes.first ?? .none
    }
  }
}

extension ErrorCode {
  /// What a request of a transaction is answered by its version: PRODUCER_FENCED is known from
  /// version 2 on; before, INVALID_PRODUCER_EPOCH said it.
  func inTransaction(version: Int16) -> ErrorCode {
    version < 2 && self == .producerFenced ? .invalidProducerEpoch : self
  }
}
