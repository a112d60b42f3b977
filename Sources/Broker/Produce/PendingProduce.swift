import CommitLog
import KafkaProtocol
import Records

/// A Produce request whose partitions are answered one by one. Touched on its loop's thread only.
final class PendingProduce {
  /// A partition's place in the answer.
  struct Place {
    let topic: Int
    let partition: Int
  }

  private let call: Call
  /// Answers after fdatasync (acks=all with `varve.acks.all.sync`).
  let waitsForSync: Bool
  private let wantsAnswer: Bool
  private var response: ProduceResponse
  private var open = 1
  private var hasFailed = false

  init(call: Call, response: ProduceResponse, waitsForSync: Bool, wantsAnswer: Bool) {
    self.call = call
    self.response = response
    self.waitsForSync = waitsForSync
    self.wantsAnswer = wantsAnswer
  }

  /// One more partition is on its way.
  func begin() { open += 1 }

  /// A partition (or, called once at the end, the request's parsing) is done.
  func finishOne() {
    open -= 1
    guard open == 0 else { return }
    let delay = call.chargeProduced()
    if wantsAnswer || !hasFailed {
      call.answer(response, delay: delay)
    } else {
      call.closeConnection()
    }
  }

  func fail(_ code: ErrorCode, _ message: String? = nil, at place: Place) {
    hasFailed = true
    change(place) {
      $0.errorCode = code
      $0.errorMessage = message
      $0.baseOffset = Offset(-1)
      $0.logAppendTimeMilliseconds = -1
    }
  }

  /// Notes the log's answer for one batch; true when it is in the log now.
  func record(_ outcome: AppendOutcome, logStart: Offset, at place: Place) -> Bool {
    switch outcome {
    case .appended(let baseOffset), .duplicate(let baseOffset):
      change(place) {
        $0.baseOffset = baseOffset
        $0.logStartOffset = logStart
      }
      return true
    case .outOfOrderSequence:
      fail(.outOfOrderSequenceNumber, at: place)
      return false
    case .invalidProducerEpoch:
      fail(.invalidProducerEpoch, at: place)
      return false
    case .invalidTransactionState:
      fail(.invalidTxnState, at: place)
      return false
    case .coordinatorFenced:
      fail(.transactionCoordinatorFenced, at: place)
      return false
    }
  }

  func setAppendTime(_ milliseconds: Int64, at place: Place) {
    change(place) { $0.logAppendTimeMilliseconds = milliseconds }
  }

  private func change(
    _ place: Place, _ body: (inout ProduceResponse.Partition) -> Void
  ) {
    body(&response.responses[place.topic].partitionResponses[place.partition])
  }
}
