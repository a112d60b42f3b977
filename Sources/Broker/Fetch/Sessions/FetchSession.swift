import KafkaProtocol
import Records

/// The partitions of one fetch, or of a fetch session (KIP-227) over many, and what its client was
/// told of each. Pure: reads no log and sends nothing.
///
/// A slot holds a partition. It is *listed* while it may have something to tell; when it has not,
/// its partition is *watched* and says when that changes. So a fetch in a session looks at what
/// may have changed, not at every partition. About 150 bytes a partition.
struct FetchSession: Sendable {
  /// One partition of the session.
  struct Slot: Sendable {
    /// Its topic's place among the session's topics.
    fileprivate(set) var topic: Int32
    fileprivate(set) var id: PartitionID
    /// Nil when it does not exist.
    fileprivate(set) var partition: Partition?
    fileprivate(set) var offset: Offset
    fileprivate(set) var maxBytes: Int32
    fileprivate(set) var currentLeaderEpoch: LeaderEpoch
    fileprivate(set) var lastFetchedEpoch: LeaderEpoch
    /// What the client was told last; −1: nothing, or an error.
    var toldHighWatermark = Offset(-1)
    var toldLogStart = Offset(-1)
    /// The partition will signal the next change to this slot.
    var isWatched = false
    fileprivate var isListed = false
    fileprivate var isFree = false
  }

  /// One topic of the session, as the client names it.
  struct NamedTopic: Sendable {
    /// By name up to version 12; with ids the name that the topic had last.
    fileprivate(set) var name: WireString
    let id: TopicID
    fileprivate var topic: Topic?
    /// Why its partitions cannot be read; none when it exists.
    fileprivate(set) var problem = ErrorCode.none
    fileprivate var partitionCount = 0
    fileprivate var isFree = false
  }

  /// A watch that is not wanted any more.
  struct Unwatch: Sendable {
    let partition: Partition
    let slot: Int32
  }

  /// Whether topics are named by id (version 13 on).
  let usesTopicIDs: Bool
  /// Whether it outlives one fetch.
  var isKept: Bool
  private(set) var slots: [Slot] = []
  private(set) var topics: [NamedTopic] = []
  /// Partitions in it.
  private(set) var count = 0
  /// Grows with each fetch: one that finds another number has been overtaken.
  private(set) var fetchNumber = 0
  private var freeSlots: [Int32] = []
  private var freeTopics: [Int32] = []
  private var topicPlaces: [Key: Int32] = [:]
  private var slotPlaces: [UInt64: Int32] = [:]
  /// Slots to look at, in turn; those before `head` have been.
  private var listed: [Int32] = []
  private var head = 0
  private var tableVersion = 0

  private enum Key: Hashable, Sendable {
    case name(WireString)
    case id(TopicID)
  }

  init(usesTopicIDs: Bool, isKept: Bool) {
    self.usesTopicIDs = usesTopicIDs
    self.isKept = isKept
  }

  /// Takes in what a fetch adds, changes and forgets; what is forgotten goes last, as in Kafka.
  ///
  /// - Returns: watches of what was forgotten.
  mutating func begin(_ request: FetchRequest, in table: TopicTable.Snapshot) -> [Unwatch] {
    fetchNumber += 1
    if isKept { refresh(table) }
    slots.reserveCapacity(request.topics.reduce(slots.count) { $0 + $1.partitions.count })
    for asked in request.topics {
      let place = topicPlace(asked.topic, asked.topicID, in: table)
      for partition in asked.partitions { ask(partition, of: place) }
      release(place)
    }
    var unwatched: [Unwatch] = []
    for asked in request.forgottenTopicsData {
      guard let place = topicPlaces[key(asked.topic, asked.topicID)] else { continue }
      for partition in asked.partitions { forget(partition, of: place, &unwatched) }
      release(place)
    }
    return unwatched
  }

  subscript(_ slot: Int32) -> Slot {
    get { slots[Int(slot)] }
    set { slots[Int(slot)] = newValue }
  }

  /// Why the topic of a slot cannot be read; none when it exists.
  func topicProblem(_ slot: Int32) -> ErrorCode { topics[Int(slots[Int(slot)].topic)].problem }

  /// What is said of a slot that has no partition.
  func problem(withMissing slot: Int32) -> ErrorCode {
    let found = topics[Int(slots[Int(slot)].topic)].topic
    return found?.problem(withMissing: slots[Int(slot)].id) ?? topicProblem(slot)
  }

  /// Whether a signal for the slot still means something.
  func isLive(_ slot: Int32) -> Bool { slot < slots.count && !slots[Int(slot)].isFree }

  // MARK: What to look at

  /// How many slots are listed, some of which may be free.
  var listedCount: Int { listed.count - head }

  /// Puts a slot at the end of those to look at, unless it is among them.
  mutating func list(_ slot: Int32) {
    guard !slots[Int(slot)].isListed else { return }
    slots[Int(slot)].isListed = true
    listed.append(slot)
  }

  /// Takes the next slot to look at off the list; nil when none is left.
  mutating func nextListed() -> Int32? {
    while head < listed.count {
      let slot = listed[head]
      head += 1
      slots[Int(slot)].isListed = false
      if head == listed.count {
        listed.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 1024, head * 2 >= listed.count {
        listed.removeFirst(head)
        head = 0
      }
      if !slots[Int(slot)].isFree { return slot }
    }
    return nil
  }

  // MARK: What the client is told

  /// Whether an incremental answer must mention the slot.
  func mustTell(_ slot: Int32, _ part: FetchResponse.Partition) -> Bool {
    let told = slots[Int(slot)]
    return part.records.byteCount > 0 || part.errorCode != .none
      || part.divergingEpoch.endOffset >= Offset(0)
      || part.highWatermark != told.toldHighWatermark
      || part.logStartOffset != told.toldLogStart
  }

  /// Notes what an answer tells. After an error, or a divergence, all is told anew.
  mutating func told(_ slot: Int32, _ part: FetchResponse.Partition) {
    let isTrouble = part.errorCode != .none || part.divergingEpoch.endOffset >= Offset(0)
    slots[Int(slot)].toldHighWatermark = isTrouble ? Offset(-1) : part.highWatermark
    slots[Int(slot)].toldLogStart = part.logStartOffset
  }
}

// MARK: - Topics and slots

extension FetchSession {
  private func key(_ name: WireString, _ id: TopicID) -> Key {
    usesTopicIDs ? .id(id) : .name(name)
  }

  /// Finds the topics anew when topics have been made, changed or deleted since.
  private mutating func refresh(_ table: TopicTable.Snapshot) {
    guard table.version != tableVersion else { return }
    tableVersion = table.version
    var changed = Set<Int32>()
    for place in topics.indices where !topics[place].isFree {
      let before = (topics[place].topic, topics[place].problem)
      resolve(place, in: table)
      if topics[place].topic !== before.0 || topics[place].problem != before.1 {
        changed.insert(Int32(place))
      }
    }
    guard !changed.isEmpty else { return }
    for index in slots.indices where !slots[index].isFree && changed.contains(slots[index].topic) {
      let partition = topics[Int(slots[index].topic)].topic?.partition(slots[index].id)
      if partition !== slots[index].partition {
        slots[index].partition = partition
        slots[index].isWatched = false
      }
      list(Int32(index))
    }
  }

  private mutating func resolve(_ place: Int, in table: TopicTable.Snapshot) {
    let found =
      usesTopicIDs ? table.byID[topics[place].id] : table.byName[topics[place].name]
    topics[place].topic = found
    if let found {
      topics[place].name = found.wireName
      topics[place].problem = .none
    } else if usesTopicIDs {
      // The name goes on under another id: the topic was made anew.
      let isRemade = topics[place].name != "" && table.byName[topics[place].name] != nil
      topics[place].problem = isRemade ? .inconsistentTopicID : .unknownTopicID
    } else {
      topics[place].problem = .unknownTopicOrPartition
    }
  }

  /// The place of a topic, which is made when it is new.
  private mutating func topicPlace(
    _ name: WireString, _ id: TopicID, in table: TopicTable.Snapshot
  ) -> Int32 {
    if isKept, let place = topicPlaces[key(name, id)] { return place }
    var place = Int32(topics.count)
    let topic = NamedTopic(name: usesTopicIDs ? "" : name, id: id)
    if let free = freeTopics.popLast() {
      place = free
      topics[Int(place)] = topic
    } else {
      topics.append(topic)
    }
    resolve(Int(place), in: table)
    // What outlives the frame must have bytes of its own.
    topics[Int(place)].name = topics[Int(place)].name.owned()
    if isKept { topicPlaces[key(topics[Int(place)].name, id)] = place }
    return place
  }

  /// Frees a topic without partitions.
  private mutating func release(_ place: Int32) {
    let topic = topics[Int(place)]
    guard isKept, topic.partitionCount == 0, !topic.isFree else { return }
    topicPlaces[key(topic.name, topic.id)] = nil
    topics[Int(place)].isFree = true
    topics[Int(place)].topic = nil
    freeTopics.append(place)
  }

  private static func slotKey(_ topic: Int32, _ partition: PartitionID) -> UInt64 {
    UInt64(UInt32(bitPattern: topic)) << 32 | UInt64(UInt32(bitPattern: partition.rawValue))
  }

  /// Adds a partition, or changes what is asked of it.
  private mutating func ask(_ asked: FetchRequest.Partition, of topic: Int32) {
    let key = Self.slotKey(topic, asked.partition)
    if isKept, let known = slotPlaces[key] {
      slots[Int(known)].offset = asked.fetchOffset
      slots[Int(known)].maxBytes = asked.partitionMaxBytes
      slots[Int(known)].currentLeaderEpoch = asked.currentLeaderEpoch
      slots[Int(known)].lastFetchedEpoch = asked.lastFetchedEpoch
      return list(known)
    }
    var slot = Slot(
      topic: topic, id: asked.partition,
      partition: topics[Int(topic)].topic?.partition(asked.partition), offset: asked.fetchOffset,
      maxBytes: asked.partitionMaxBytes, currentLeaderEpoch: asked.currentLeaderEpoch,
      lastFetchedEpoch: asked.lastFetchedEpoch)
    var place = Int32(slots.count)
    if let free = freeSlots.popLast() {
      place = free
      slot.isListed = slots[Int(place)].isListed
      slots[Int(place)] = slot
    } else {
      slots.append(slot)
    }
    topics[Int(topic)].partitionCount += 1
    count += 1
    if isKept { slotPlaces[key] = place }
    list(place)
  }

  private mutating func forget(
    _ partition: PartitionID, of topic: Int32, _ unwatched: inout [Unwatch]
  ) {
    let key = Self.slotKey(topic, partition)
    guard let place = slotPlaces.removeValue(forKey: key) else { return }
    let slot = slots[Int(place)]
    if slot.isWatched, let partition = slot.partition {
      unwatched.append(Unwatch(partition: partition, slot: place))
    }
    slots[Int(place)].isFree = true
    slots[Int(place)].isWatched = false
    slots[Int(place)].partition = nil
    freeSlots.append(place)
    topics[Int(topic)].partitionCount -= 1
    count -= 1
  }
}
