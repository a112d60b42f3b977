import Records

/// Adds partitions to transactions: of one up to version 3, in the last fields, then of many.
package struct AddPartitionsToTxnRequest: KafkaRequest {
  package typealias Response = AddPartitionsToTxnResponse

  package static let api = API(.addPartitionsToTxn, versions: 0...5, flexibleFrom: 3)

  package var transactions: [Transaction] = []
  package var v3AndBelowTransactionalID = ""
  package var v3AndBelowProducerID: Int64 = 0
  package var v3AndBelowProducerEpoch: Int16 = 0
  package var v3AndBelowTopics: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&transactions, in: 4...)
    try f.field(&v3AndBelowTransactionalID, in: 0...3)
    try f.field(&v3AndBelowProducerID, in: 0...3)
    try f.field(&v3AndBelowProducerEpoch, in: 0...3)
    try f.field(&v3AndBelowTopics, in: 0...3)
  }

  /// The partitions for one transaction, from version 4 on.
  package struct Transaction: Message {
    package var transactionalID = ""
    package var producerID: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var verifyOnly = false
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&transactionalID)
      try f.field(&producerID)
      try f.field(&producerEpoch)
      try f.field(&verifyOnly)
      try f.field(&topics)
    }
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var partitions: [PartitionID] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&partitions)
    }
  }
}

/// Says for each partition whether it was added.
package struct AddPartitionsToTxnResponse: KafkaResponse {
  package static let api = AddPartitionsToTxnRequest.api

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var resultsByTransaction: [Transaction] = []
  package var resultsByTopicV3AndBelow: [Topic] = []

  package init() {}

  package mutating func fields(_ f: inout some Coder) throws(WireError) {
    try f.field(&throttleTimeMilliseconds)
    try f.field(&errorCode, in: 4...)
    try f.field(&resultsByTransaction, in: 4...)
    try f.field(&resultsByTopicV3AndBelow, in: 0...3)
  }

  /// The outcomes of one transaction, from version 4 on.
  package struct Transaction: Message {
    package var transactionalID = ""
    package var topicResults: [Topic] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&transactionalID)
      try f.field(&topicResults)
    }
  }

  /// The partitions of one topic.
  package struct Topic: Message {
    package var name = ""
    package var resultsByPartition: [Partition] = []

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&name)
      try f.field(&resultsByPartition)
    }
  }

  /// The outcome for one partition.
  package struct Partition: Message {
    package var partitionIndex = PartitionID(0)
    package var partitionErrorCode = ErrorCode.none

    package init() {}

    package mutating func fields(_ f: inout some Coder) throws(WireError) {
      try f.field(&partitionIndex)
      try f.field(&partitionErrorCode)
    }
  }
}
