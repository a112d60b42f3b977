import Lake
import Platform
import Records
import Synchronization

/// Cares for all topics' tiers: one child task settles each topic, all below one root task that
/// `stop` cancels. Starting never waits for the store.
package final class Tiering: Sendable {
  private let environment: TieringEnvironment
  package let metrics = TieringMetrics()
  private let topics = Mutex<[TopicID: TieredTopic]>([:])
  private let arrivals: AsyncStream<TieredTopic>.Continuation
  private let root: Mutex<Task<Void, Never>?>
  private let holds = FileHolds()

  package init(_ environment: TieringEnvironment, executor: (any TaskExecutor)? = nil) {
    self.environment = environment
    let (stream, continuation) = AsyncStream<TieredTopic>.makeStream()
    arrivals = continuation
    let metrics = metrics
    let holds = holds
    root = Mutex(
      Task(executorPreference: executor) {
        await withDiscardingTaskGroup { group in
          for await topic in stream {
            group.addTask(executorPreference: executor) {
              await TopicSettler(topic, environment, metrics: metrics, isHeld: holds.isHeld).run()
            }
          }
          group.cancelAll()
        }
      })
  }

  /// Takes a topic into care; of one that is removed already only what must go with it.
  package func add(_ topic: TieredTopic) {
    if !topic.isRemoved { topics.withLock { $0[topic.topicID] = topic } }
    arrivals.yield(topic)
  }

  package func topic(_ id: TopicID) -> TieredTopic? { topics.withLock { $0[id] } }

  /// Lets a deleted topic go. Its table stays unless `droppingTable`.
  package func remove(_ id: TopicID, droppingTable: Bool = false) {
    topics.withLock { $0.removeValue(forKey: id) }?.remove(droppingTable: droppingTable)
  }

  /// Which files fetches hold, so that they are not removed meanwhile.
  package var fileHolds: FileHolds { holds }

  /// Ends all settling; what is under way is found by its intent at the next start.
  package func stop() async {
    arrivals.finish()
    let task = root.withLock { $0 }
    task?.cancel()
    await task?.value
  }
}
