import CommitLog
import KafkaProtocol
import Net
import Platform
import Records

/// One Fetch request from its arrival to its answer. Touched on its loop's thread only.
final class PendingFetch {
  /// What is asked of one partition.
  struct Target {
    /// Nil when the request names nothing that exists; then `error` says why.
    let partition: Partition?
    let error: ErrorCode
    let index: PartitionID
    let offset: Offset
    let maxBytes: Int
  }

  /// The partitions of one topic, in the request's order.
  struct TopicTargets {
    let name: WireString
    let id: TopicID
    var targets: [Target]
  }

  private let call: Call
  private let broker: BrokerContext
  private let loop: EventLoop
  private let topics: [TopicTargets]
  private let minBytes: Int
  private let maxBytes: Int
  private let maxWaitMilliseconds: Int64
  private let readsCommitted: Bool
  private var parked: ParkedFetch?

  init(
    call: Call, broker: BrokerContext, loop: EventLoop, topics: [TopicTargets], minBytes: Int,
    maxBytes: Int, maxWaitMilliseconds: Int64, readsCommitted: Bool
  ) {
    self.call = call
    self.broker = broker
    self.loop = loop
    self.topics = topics
    self.minBytes = minBytes
    self.maxBytes = maxBytes
    self.maxWaitMilliseconds = maxWaitMilliseconds
    self.readsCommitted = readsCommitted
  }

  /// Answers at once when there is enough to answer with, else parks.
  func start() {
    if answerIfReady(mustAnswer: maxWaitMilliseconds <= 0) { return }
    let fetch = ParkedFetch(loop: loop, milliseconds: maxWaitMilliseconds) { [self] fetch in
      if answerIfReady(mustAnswer: fetch.hasTimedOut || broker.isStopping) {
        fetch.finish()
      } else {
        park(fetch)
      }
    }
    parked = fetch
    park(fetch)
    // Records, or the end, that came between the look above and the parking woke nobody.
    if answerIfReady(mustAnswer: broker.isStopping) { fetch.finish() }
  }

  private func park(_ fetch: ParkedFetch) {
    for topic in topics {
      for target in topic.targets { target.partition?.park(fetch) }
    }
  }

  /// One partition's part of the answer, and what it means for the whole.
  private struct Part {
    var answer: FetchResponse.Partition
    var byteCount = 0
    var isError = false
  }

  /// Reads all partitions; sends the answer when it has `minBytes`, an error, or must.
  private func answerIfReady(mustAnswer: Bool) -> Bool {
    var byteCount = 0
    var hasError = false
    var response = FetchResponse()
    response.responses.reserveCapacity(topics.count)
    for topic in topics {
      var answer = FetchResponse.Topic()
      answer.topic = topic.name
      answer.topicID = topic.id
      answer.partitions.reserveCapacity(topic.targets.count)
      for target in topic.targets {
        let part = read(target, room: maxBytes - byteCount, isFirst: byteCount == 0)
        byteCount += part.byteCount
        hasError = hasError || part.isError
        answer.partitions.append(part.answer)
      }
      response.responses.append(answer)
    }
    guard mustAnswer || hasError || byteCount >= minBytes else { return false }
    let delay = call.chargeFetched(byteCount)
    call.answer(delay > 0 ? FetchResponse() : response, delay: delay)
    return true
  }

  private func read(_ target: Target, room: Int, isFirst: Bool) -> Part {
    var part = Part(answer: FetchResponse.Partition())
    part.answer.partitionIndex = target.index
    guard let partition = target.partition else {
      return failed(part, target.error, nil)
    }
    let highWatermark = partition.highWatermark
    let stable = min(highWatermark, partition.log.lastStableOffset)
    part.answer.highWatermark = highWatermark
    part.answer.lastStableOffset = stable
    part.answer.logStartOffset = partition.log.logStartOffset
    if target.error != .none { return failed(part, target.error, partition) }
    if room <= 0, !isFirst { return part }
    let limit = min(target.maxBytes, max(0, room))
    do throws(StorageError) {
      switch try partition.log.read(
        from: target.offset, maxBytes: limit, below: readsCommitted ? stable : highWatermark,
        atLeastOne: isFirst)
      {
      case .slice(let slice):
        guard slice.isResident else { return readIn(slice, part) }
        part.answer.records = .parts([slice.part])
        part.byteCount = slice.count
      case .empty: break
      case .beyondEnd: return failed(part, .offsetOutOfRange, partition)
      case .beforeLocalStart: return readCold(target, partition, part, limit)
      }
      return part
    } catch {
      broker.storageFailed(error, partition)
      return failed(part, .kafkaStorageError, partition)
    }
  }

  private func failed(_ part: Part, _ code: ErrorCode, _ partition: Partition?) -> Part {
    var part = part
    part.answer.errorCode = code
    if partition == nil {
      part.answer.highWatermark = Offset(-1)
      part.answer.lastStableOffset = Offset(-1)
      part.answer.logStartOffset = Offset(-1)
    }
    part.isError = true
    return part
  }

  /// Has a pool thread bring the range into the page cache, so that sendfile will not wait for the
  /// disk on the loop's thread; the partition stays empty in this look.
  private func readIn(_ slice: FileSlice, _ part: Part) -> Part {
    let fetch = UncheckedTransfer(self)
    let isQueued = broker.pool.submit { [loop] in
      // Reading brings the pages in; an error shows again where the range is sent.
      _ = try? slice.read()
      loop.post { fetch.value.wakeIfParked() }
    }
    if isQueued { return part }
    // Too many reads wait already: the loop pays for this one itself.
    var part = part
    part.answer.records = .parts([slice.part])
    part.byteCount = slice.count
    return part
  }

  private func readCold(_ target: Target, _ partition: Partition, _ part: Part, _ limit: Int)
    -> Part
  {
    guard target.offset >= partition.log.logStartOffset else {
      return failed(part, .offsetOutOfRange, partition)
    }
    let loop = loop
    let fetch = UncheckedTransfer(self)
    let outcome = broker.cold.read(partition, from: target.offset, maxBytes: limit) {
      loop.post { fetch.value.wakeIfParked() }
    }
    switch outcome {
    case .batches(let block):
      var part = part
      part.answer.records = .bytes(block)
      part.byteCount = block.count
      return part
    case .pending: return part
    case .failed(let failure): return failed(part, failure.code, partition)
    }
  }

  private func wakeIfParked() { parked?.wake() }
}
