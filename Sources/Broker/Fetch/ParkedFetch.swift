import Net
import Synchronization

/// A Fetch that waits for more bytes or for its time. `wake()` may come from any thread; all else
/// happens on the loop's.
final class ParkedFetch: @unchecked Sendable {
  private let loop: EventLoop
  private let done = Atomic<Bool>(false)
  private let isQueued = Atomic<Bool>(false)
  private var evaluate: (() -> Void)?
  private var timer: LoopTimer?

  /// - Parameter evaluate: looks again, and ends with `finish()` when it has answered.
  init(loop: EventLoop, milliseconds: Int64, evaluate: @escaping (ParkedFetch) -> Void) {
    self.loop = loop
    self.evaluate = { [unowned self] in evaluate(self) }
    timer = loop.schedule(afterMilliseconds: milliseconds) { [weak self] in self?.expire() }
  }

  /// The client's max wait is over: the next evaluation must answer.
  private(set) var hasTimedOut = false

  /// Ends the waiting as its time does.
  func expire() {
    guard !isDone else { return }
    hasTimedOut = true
    evaluate?()
  }

  /// Answered already.
  var isDone: Bool { done.load(ordering: .acquiring) }

  /// Has the fetch evaluated again, once for all calls until then.
  func wake() {
    guard !isDone, !isQueued.exchange(true, ordering: .acquiringAndReleasing) else { return }
    loop.post { [self] in
      isQueued.store(false, ordering: .releasing)
      if !isDone { evaluate?() }
    }
  }

  /// Ends the waiting; on the loop's thread.
  func finish() {
    done.store(true, ordering: .releasing)
    if let timer { loop.cancel(timer) }
    timer = nil
    evaluate = nil
  }
}
