import CommitLog
import KafkaProtocol
import Platform
import Records
import Synchronization

/// A ListOffsets request that looks for times, which reads from disk and from the lake.
final class PendingListOffsets: Sendable {
  /// Asks for the record with the greatest timestamp of the local log (KIP-734).
  static let maxTimestamp: Int64 = -3

  struct Search: Sendable {
    /// Its place in the answer.
    let topic: Int
    let index: Int
    let partition: Partition
    let timestamp: Int64
  }

  private struct State {
    var response: ListOffsetsResponse
    var open = 0
  }

  private let call: Call
  private let broker: BrokerContext
  private let state: Mutex<State>

  init(call: Call, response: ListOffsetsResponse, broker: BrokerContext) {
    self.call = call
    self.broker = broker
    state = Mutex(State(response: response))
  }

  func run(_ searches: [Search]) {
    state.withLock { $0.open = searches.count }
    for search in searches {
      // Times grow with offsets only roughly, so the older tier is always asked first.
      if search.timestamp != Self.maxTimestamp,
        search.partition.log.localStartOffset > search.partition.log.logStartOffset
      {
        broker.cold.lookup(search.partition, timestamp: search.timestamp) { result in
          switch result {
          case .success(let found?): self.finish(search) { $0.found(found) }
          case .success(nil): self.searchLocal(search)
          case .failure(let failure): self.finish(search) { $0.errorCode = failure.code }
          }
        }
      } else {
        searchLocal(search)
      }
    }
  }

  private func searchLocal(_ search: Search) {
    let isQueued = broker.pool.submit { [self] in
      do throws(StorageError) {
        let found = try find(search)
        finish(search) { entry in
          guard let found, found.offset < search.partition.highWatermark else { return }
          entry.offset = found.offset
          entry.timestamp = found.timestamp
          entry.leaderEpoch = found.leaderEpoch
        }
      } catch {
        broker.storageFailed(error, search.partition)
        finish(search) { $0.errorCode = .kafkaStorageError }
      }
    }
    if !isQueued { finish(search) { $0.errorCode = .requestTimedOut } }
  }

  private func find(_ search: Search) throws(StorageError) -> TimestampedOffset? {
    let decompressor = Decompressor()
    let log = search.partition.log
    return try search.timestamp == Self.maxTimestamp
      ? log.recordOfMaxTimestamp(decompressor: decompressor)
      : log.firstRecord(
        since: search.timestamp, from: log.logStartOffset, decompressor: decompressor)
  }

  private func finish(
    _ search: Search, _ change: (inout ListOffsetsResponse.Partition) -> Void
  ) {
    let complete: ListOffsetsResponse? = state.withLock { state in
      change(&state.response.topics[search.topic].partitions[search.index])
      state.open -= 1
      return state.open == 0 ? state.response : nil
    }
    if let complete { call.answerFromAnywhere(complete) }
  }
}

extension ListOffsetsResponse.Partition {
  fileprivate mutating func found(_ lookup: ColdLookup) {
    offset = lookup.offset
    timestamp = lookup.timestamp
    leaderEpoch = lookup.leaderEpoch
  }
}
