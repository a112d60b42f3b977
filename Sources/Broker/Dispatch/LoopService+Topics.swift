import KafkaProtocol
import Records

extension LoopService {
  /// Finds a topic by id where the version has ids, else by name.
  ///
  /// - Returns: the topic, or nil and the error that a request for it gets.
  func find(_ name: WireString, _ id: TopicID, byID: Bool) -> (Topic?, missing: ErrorCode) {
    byID
      ? (topics.byID[id], .unknownTopicID)
      : (topics.byName[name], .unknownTopicOrPartition)
  }
}
