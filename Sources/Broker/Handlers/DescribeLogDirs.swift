import Cluster
import KafkaProtocol
import Platform
import Records

/// DescribeLogDirs: what partitions take on the local disk and, as a second directory under the
/// lake's URL, in the lake.
///
/// The lake's sizes are those of the table's files as far as the broker has seen the table; a topic
/// that does not settle is not in it. A store has no size: −1, unknown.
enum DescribeLogDirsHandler: Handler {
  static func handle(_ request: DescribeLogDirsRequest, _ call: Call, _ loop: LoopService) {
    let broker = loop.broker
    let topics = wanted(request, loop.topics)
    let isQueued = broker.pool.submit {
      call.answerFromAnywhere(
        DescribeLogDirsResponse {
          $0.results = [local(topics, broker), lake(topics, broker)]
        })
    }
    if !isQueued { call.answer(DescribeLogDirsResponse { $0.errorCode = .requestTimedOut }) }
  }

  private typealias Wanted = [(topic: Topic, partitions: [Partition])]

  private static func wanted(
    _ request: DescribeLogDirsRequest, _ table: TopicTable.Snapshot
  ) -> Wanted {
    guard let asked = request.topics else {
      return table.byID.values.sorted { $0.name < $1.name }.map { ($0, $0.partitions) }
    }
    return asked.compactMap { wish in
      guard let topic = table.topic(named: wish.topic) else { return nil }
      return (topic, wish.partitions.compactMap { topic.partition($0) })
    }
  }

  private static func local(
    _ topics: Wanted, _ broker: BrokerContext
  ) -> DescribeLogDirsResponse.Directory {
    DescribeLogDirsResponse.Directory { answer in
      answer.logDir = broker.config.logDirectory
      do throws(StorageError) {
        let space = try broker.fileSystem.space(broker.config.logDirectory)
        answer.totalBytes = space.total
        answer.usableBytes = space.available
      } catch {
        answer.errorCode = .kafkaStorageError
      }
      answer.topics = topics.map { topic, partitions in
        describe(topic, partitions.map { ($0.id, $0.log.byteCount) })
      }
    }
  }

  private static func lake(
    _ topics: Wanted, _ broker: BrokerContext
  ) -> DescribeLogDirsResponse.Directory {
    DescribeLogDirsResponse.Directory { answer in
      answer.logDir = broker.config.lakeURL
      answer.topics = topics.compactMap { topic, partitions in
        let sizes = partitions.compactMap { partition in
          broker.cold.byteCount(partition).map { (partition.id, $0) }
        }
        return sizes.isEmpty ? nil : describe(topic, sizes)
      }
    }
  }

  private static func describe(
    _ topic: Topic, _ sizes: [(PartitionID, Int64)]
  ) -> DescribeLogDirsResponse.Topic {
    DescribeLogDirsResponse.Topic { answer in
      answer.name = topic.name
      answer.partitions = sizes.map { partition, byteCount in
        DescribeLogDirsResponse.Partition {
          $0.partitionIndex = partition
          $0.partitionSize = byteCount
        }
      }
    }
  }
}
