import CommitLog
import KafkaProtocol
import Platform
import Records

extension Partition {
  /// What a consumer of committed records must know of a slice that it gets, to leave out what was
  /// aborted. What comes from the lake needs none: aborted records never get there.
  func abortedTransactions(
    from offset: Offset, in slice: FileSlice
  ) throws(StorageError) -> [FetchResponse.AbortedTransaction] {
    try log.abortedTransactions(from: offset, below: slice.endOffset).map { aborted in
      FetchResponse.AbortedTransaction {
        $0.producerID = aborted.producerID
        $0.firstOffset = aborted.firstOffset
      }
    }
  }
}
