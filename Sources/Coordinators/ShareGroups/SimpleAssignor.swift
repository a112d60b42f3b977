import Records

/// Kafka's `simple` assignor of share groups: every partition gets as many members as it takes to
/// give each member one at least, members get equally many but for one, and keep what they have
/// where they can.
///
/// With more partitions than members each has one member. Members with different subscriptions are
/// spread over each topic apart, as in Kafka, so that only topic by topic they have equally many.
enum SimpleAssignor {
  /// Its name in `group.share.assignors`.
  static let name = "simple"

  static func assign(_ question: AssignmentQuestion) -> [String: PartitionAssignment] {
    var result: [String: PartitionAssignment] = [:]
    for member in question.members { result[member.id] = PartitionAssignment() }
    for topics in rounds(question) {
      let subscribers = question.members.filter { $0.topics.isSuperset(of: topics) }
      let places = topics.flatMap { topic in
        (0..<(question.partitionCounts[topic] ?? 0)).map {
          SharedPlaces.Place(topic: topic, partition: PartitionID($0))
        }
      }
      guard !subscribers.isEmpty, !places.isEmpty else { continue }
      var shared = SharedPlaces(places, subscribers)
      shared.spread()
      for (member, taken) in zip(subscribers, shared.taken) {
        for index in taken {
          result[member.id]?.insert([places[index].partition], of: places[index].topic)
        }
      }
    }
    return result
  }

  /// Topics whose partitions are spread together.
  private static func rounds(_ question: AssignmentQuestion) -> [[TopicID]] {
    let topics = question.partitionCounts.keys.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    let isSame = Set(question.members.map(\.topics)).count == 1
    return isSame ? [topics] : topics.map { [$0] }
  }
}

/// Partitions that each of some members can take, and who takes them.
private struct SharedPlaces {
  struct Place: Hashable {
    let topic: TopicID
    let partition: PartitionID
  }

  /// By member: indices of places.
  private(set) var taken: [Set<Int>]
  /// By place: how many members take it.
  private var sharerCounts: [Int]
  /// How many members are to take each place.
  private let sharers: Int
  /// Places with too few members, the last one first in turn.
  private var open: [Int] = []

  /// - Parameters: neither is empty.
  init(_ places: [Place], _ members: [AssignmentQuestion.Member]) {
    sharers = (members.count + places.count - 1) / places.count
    sharerCounts = Array(repeating: 0, count: places.count)
    let indices = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    taken = members.map { member in
      var kept: Set<Int> = []
      for (topic, partitions) in member.target.byTopic {
        for partition in partitions {
          if let index = indices[Place(topic: topic, partition: partition)] { kept.insert(index) }
        }
      }
      return kept
    }
    for kept in taken { for index in kept { sharerCounts[index] += 1 } }
  }

  mutating func spread() {
    releaseCrowded()
    let limits = limits
    for (member, limit) in limits.enumerated() { trim(member, to: limit) }
    open = sharerCounts.indices.reversed().filter { sharerCounts[$0] < sharers }
    fill(limits)
    exchange(limits)
  }

  /// Takes places with too many members from those who have most.
  private mutating func releaseCrowded() {
    for place in sharerCounts.indices where sharerCounts[place] > sharers {
      let holders = taken.indices.filter { taken[$0].contains(place) }
        .sorted { (taken[$1].count, $0) < (taken[$0].count, $1) }
      for member in holders.prefix(sharerCounts[place] - sharers) { release(place, member) }
    }
  }

  /// How many places each member is to have: those who have most get the one more.
  private var limits: [Int] {
    let (share, extra) = (sharers * sharerCounts.count)
      .quotientAndRemainder(dividingBy: taken.count)
    var limits = Array(repeating: share, count: taken.count)
    let order = taken.indices.sorted { (taken[$1].count, $0) < (taken[$0].count, $1) }
    for member in order.prefix(extra) { limits[member] += 1 }
    return limits
  }

  private mutating func trim(_ member: Int, to limit: Int) {
    guard taken[member].count > limit else { return }
    let order = taken[member].sorted { (sharerCounts[$1], $1) < (sharerCounts[$0], $0) }
    for place in order.prefix(order.count - limit) { release(place, member) }
  }

  /// Lets members take open places in turn.
  private mutating func fill(_ limits: [Int]) {
    var goesOn = true
    while goesOn {
      goesOn = false
      for (member, limit) in limits.enumerated() where taken[member].count < limit {
        guard let index = open.lastIndex(where: { !taken[member].contains($0) }) else { continue }
        take(open[index], member)
        if sharerCounts[open[index]] == sharers { open.remove(at: index) }
        goesOn = true
      }
    }
  }

  /// Who still has too few has all open places already: somebody who has not takes one of them, and
  /// gives another one away for it. There is such a one, since it has no fewer places.
  private mutating func exchange(_ limits: [Int]) {
    for (member, limit) in limits.enumerated() {
      while taken[member].count < limit, let place = open.last {
        let other = taken.indices.first {
          !taken[$0].contains(place) && !taken[$0].isSubset(of: taken[member])
        }
        guard let other, let given = taken[other].subtracting(taken[member]).min() else { return }
        release(given, other)
        take(place, other)
        take(given, member)
        if sharerCounts[place] == sharers { open.removeLast() }
      }
    }
  }

  private mutating func take(_ place: Int, _ member: Int) {
    taken[member].insert(place)
    sharerCounts[place] += 1
  }

  private mutating func release(_ place: Int, _ member: Int) {
    taken[member].remove(place)
    sharerCounts[place] -= 1
  }
}
