import Platform
import Synchronization

/// What a `FaultingStore` does to one call.
package enum StoreFault: Sendable, Equatable {
  case none
  /// Nothing happens; `throttled`.
  case throttles
  /// Nothing happens; `unavailable` for a read, `unknownOutcome` for a write.
  case failsBefore
  /// It happens, but the answer is lost: `unavailable` for a read, `unknownOutcome` for a write.
  case losesAnswer
  /// It happens, the answer is lost on the way, and somebody's second attempt is answered instead:
  /// `alreadyExists` or `preconditionFailed` to one's own success. For other calls: `losesAnswer`.
  case deniesOwnSuccess
  /// `unknownOutcome` at once; it happens after this many later calls. For reads: `failsBefore`.
  case landsLate(after: Int)
}

/// Decides the fate of each call of a `FaultingStore`.
package protocol FaultSchedule: Sendable {
  func fault(for operation: StoreOperation) -> StoreFault
}

/// Decides by a function: for tests that aim at one call.
package struct FaultScript: FaultSchedule {
  private let decide: @Sendable (StoreOperation) -> StoreFault
  package init(_ decide: @escaping @Sendable (StoreOperation) -> StoreFault) {
    self.decide = decide
  }
  package func fault(for operation: StoreOperation) -> StoreFault { decide(operation) }
}

/// Decides by chance: a seed repeats a run.
package struct FaultChances: FaultSchedule {
  /// Chances in a thousand, each for itself; what is left over is `none`.
  package struct Rates: Sendable {
    package var throttles = 20
    package var failsBefore = 20
    package var losesAnswer = 20
    package var deniesOwnSuccess = 20
    package var landsLate = 20
    /// A late write happens after 1 to this many later calls.
    package var latestLanding = 20
    package init() {}
  }

  private let rates: Rates
  private let random: any RandomSource

  package init(_ rates: Rates = Rates(), random: any RandomSource) {
    self.rates = rates
    self.random = random
  }

  package func fault(for operation: StoreOperation) -> StoreFault {
    var roll = random.below(1_000)
    func hits(_ rate: Int) -> Bool {
      roll -= rate
      return roll < 0
    }
    if hits(rates.throttles) { return .throttles }
    if hits(rates.failsBefore) { return .failsBefore }
    if hits(rates.losesAnswer) { return .losesAnswer }
    if hits(rates.deniesOwnSuccess) { return .deniesOwnSuccess }
    if hits(rates.landsLate) { return .landsLate(after: 1 + random.below(rates.latestLanding)) }
    return .none
  }
}
