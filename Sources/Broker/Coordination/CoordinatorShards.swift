import Cluster
import KafkaProtocol
import Net
import Platform
import Records
import Synchronization

/// The shards of a coordinator, one for each partition of its internal topic, which is made at its
/// first use. Shard n belongs to loop n modulo the number of loops. Thread-safe.
final class CoordinatorShards<Driver: ShardDriver>: Sendable {
  private let request: TopicRequest
  private let topics: TopicTable
  private let lifecycle: TopicLifecycle
  private let controller: BlockingPool
  private let loops: [EventLoop]
  private let log: Logger
  private let makeDriver: @Sendable (Partition, EventLoop) -> Driver
  /// By partition; empty until the topic is there.
  private let drivers = Mutex<[Driver]>([])
  private let isMakingTopic = Atomic<Bool>(false)

  /// - Parameter topic: how the internal topic is made.
  init(
    topic: TopicRequest, topics: TopicTable, lifecycle: TopicLifecycle, controller: BlockingPool,
    loops: [EventLoop], log: Logger,
    makeDriver: @escaping @Sendable (Partition, EventLoop) -> Driver
  ) {
    request = topic
    self.topics = topics
    self.lifecycle = lifecycle
    self.controller = controller
    self.loops = loops
    self.log = log
    self.makeDriver = makeDriver
  }

  /// All shards, by partition; empty until the topic is there.
  var all: [Driver] { drivers.withLock { $0 } }

  /// Begins to load what the topic holds, if it is there; before the loops start.
  func open() {
    guard let topic = topics.snapshot.topic(named: request.name) else { return }
    let opened = drivers.withLock { drivers -> [Driver] in
      guard drivers.isEmpty else { return [] }
      drivers = topic.partitions.enumerated().map { index, partition in
        makeDriver(partition, loops[index % loops.count])
      }
      return drivers
    }
    for driver in opened { driver.load() }
  }

  /// Somebody will ask for a shard soon: makes the topic if it is not there.
  func prepare() {
    guard all.isEmpty, !isMakingTopic.exchange(true, ordering: .relaxed) else { return }
    let isQueued = controller.submit { [self] in
      makeTopic()
      isMakingTopic.store(false, ordering: .relaxed)
    }
    if !isQueued { isMakingTopic.store(false, ordering: .relaxed) }
  }

  /// Runs `body` with a shard on its loop, or refuses with the error that tells the client to come
  /// again. Both may be called on any thread.
  ///
  /// - Parameter place: the shard's partition, by the number of partitions.
  func run(
    at place: @escaping @Sendable (Int) -> PartitionID,
    refuse: @escaping @Sendable (ErrorCode) -> Void,
    _ body: @escaping @Sendable (Driver) -> Void
  ) {
    if let driver = driver(at: place) { return driver.run(refuse: refuse, body) }
    let isQueued = controller.submit { [self] in
      makeTopic()
      guard let driver = driver(at: place) else { return refuse(.coordinatorNotAvailable) }
      driver.run(refuse: refuse, body)
    }
    if !isQueued { refuse(.coordinatorNotAvailable) }
  }

  /// Asks every shard on its own loop; `finish` gets their answers, or what `refuse` makes of an
  /// error, in the order of the shards. There are none before the topic is there.
  func askEvery<Part: Sendable>(
    refuse: @escaping @Sendable (ErrorCode) -> Part,
    _ body: @escaping @Sendable (Driver) -> Part,
    finish: @escaping @Sendable ([Part]) -> Void
  ) {
    let drivers = all
    let gathering = Gathering(count: drivers.count, finish: finish)
    for (index, driver) in drivers.enumerated() {
      driver.run(
        refuse: { gathering.put(refuse($0), at: index) },
        { gathering.put(body($0), at: index) })
    }
  }

  private func driver(at place: (Int) -> PartitionID) -> Driver? {
    drivers.withLock { $0.isEmpty ? nil : $0[Int(place($0.count).rawValue)] }
  }

  /// On the controller's thread.
  private func makeTopic() {
    guard all.isEmpty else { return }
    do throws(Refusal) {
      try lifecycle.create(request)
    } catch  where error.code == .topicAlreadyExists {
      // A client made it.
    } catch {
      return log.error(
        "an internal topic cannot be made", ("topic", request.name), ("error", error.message))
    }
    open()
  }
}
