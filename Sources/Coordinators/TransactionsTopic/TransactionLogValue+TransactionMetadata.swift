import KafkaProtocol
import Records

extension TransactionLogValue {
  init(_ metadata: TransactionMetadata) {
    self.init()
    producerID = metadata.producerID
    producerEpoch = metadata.producerEpoch
    transactionTimeoutMilliseconds = metadata.timeoutMilliseconds
    transactionStatus = metadata.state.rawValue
    transactionLastUpdateTimestamp = metadata.lastUpdateTimestamp
    transactionStartTimestamp = metadata.startTimestamp
    previousProducerID = metadata.previousProducerID
    nextProducerID = metadata.nextProducerID
    clientTransactionVersion = metadata.clientVersion
    guard metadata.state != .empty else { return }
    var topics: [Topic] = []
    for partition in metadata.partitions.sorted() {
      if topics.last?.topic != partition.topic {
        topics.append(Topic { $0.topic = partition.topic })
      }
      topics[topics.count - 1].partitionIDs.append(partition.partition)
    }
    transactionPartitions = topics
  }

  /// - Throws: `WireError` for a state that Kafka has not given out.
  func metadata() throws(WireError) -> TransactionMetadata {
    guard let state = TransactionState(rawValue: transactionStatus) else {
      throw WireError(.unsupportedVersion, at: 0)
    }
    var metadata = TransactionMetadata(
      producerID: producerID, producerEpoch: producerEpoch,
      timeoutMilliseconds: transactionTimeoutMilliseconds, state: state,
      lastUpdateTimestamp: transactionLastUpdateTimestamp)
    metadata.previousProducerID = previousProducerID
    metadata.nextProducerID = nextProducerID
    metadata.startTimestamp = transactionStartTimestamp
    metadata.clientVersion = clientTransactionVersion
    for topic in transactionPartitions ?? [] {
      for partition in topic.partitionIDs {
        metadata.partitions.insert(
          TransactionPartition(topic: topic.topic, partition: partition))
      }
    }
    return metadata
  }
}
