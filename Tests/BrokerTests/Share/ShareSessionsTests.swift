import KafkaProtocol
import Records
import Testing

@testable import Broker

/// What the numbers of share sessions allow.
struct ShareSessionsTests {
  private static let topic = TopicID(high: 1, low: 2)
  private static let member = ShareSessions.Key(group: "g", member: "a")

  private static func request(
    _ epoch: Int32, _ partitions: [Int32] = [], forget: [Int32] = [], acknowledges: Bool = false
  ) -> ShareFetchRequest {
    ShareFetchRequest {
      $0.shareSessionEpoch = epoch
      $0.topics = [
        AcknowledgedTopic {
          $0.topicID = topic
          $0.partitions = partitions.map { id in
            AcknowledgedTopic.Partition {
              $0.partitionIndex = PartitionID(id)
              if acknowledges { $0.acknowledgementBatches = [AcknowledgementBatch()] }
            }
          }
        }
      ]
      $0.forgottenTopicsData = [
        TopicIDPartitions {
          $0.topicID = topic
          $0.partitions = forget.map { PartitionID($0) }
        }
      ]
    }
  }

  /// The partitions of the session, or the error's name.
  private static func told(
    _ outcome: Result<ShareSessions.Turn, ShareSessions.Refusal>
  ) -> String {
    switch outcome {
    case .success(let turn): "\(turn.places.map(\.partition.rawValue))"
    case .failure(let refusal): refusal.code.name
    }
  }

  private let sessions = ShareSessions(limit: 2, placeLimit: 3, totalLimit: 4)

  private func fetch(
    _ request: ShareFetchRequest, by member: ShareSessions.Key = member, connection: Int64 = 1
  ) -> String {
    Self.told(sessions.fetch(member, request, connection: connection))
  }

  private func acknowledge(_ epoch: Int32) -> String {
    Self.told(sessions.acknowledge(Self.member, epoch: epoch))
  }

  @Test func `requests are numbered, and another partition is first each time`() {
    #expect(fetch(Self.request(1)) == "SHARE_SESSION_NOT_FOUND")
    #expect(acknowledge(1) == "SHARE_SESSION_NOT_FOUND")
    #expect(fetch(Self.request(-1)) == "SHARE_SESSION_NOT_FOUND")
    #expect(fetch(Self.request(0, [0, 1])) == "[0, 1]")
    #expect(fetch(Self.request(1)) == "[1, 0]")
    #expect(fetch(Self.request(1)) == "INVALID_SHARE_SESSION_EPOCH")
    #expect(acknowledge(0) == "INVALID_SHARE_SESSION_EPOCH")
    #expect(acknowledge(3) == "INVALID_SHARE_SESSION_EPOCH")
    #expect(acknowledge(2) == "[0, 1]")
    #expect(fetch(Self.request(3, [2, 1], forget: [0])) == "[2, 1]")
    #expect(fetch(Self.request(4, [0, 1, 2, 3])) == "INVALID_REQUEST", "too many")
    #expect(fetch(Self.request(4)) == "[1, 2]", "a refused request has no number")
    #expect(acknowledge(-1) == "[1, 2]")
    #expect(acknowledge(-1) == "SHARE_SESSION_NOT_FOUND")
  }

  @Test func `a request that opens a session acknowledges nothing`() {
    #expect(fetch(Self.request(0, [0], acknowledges: true)) == "INVALID_REQUEST")
    #expect(sessions.counts.sessions == 0)
    #expect(fetch(Self.request(0, [0])) == "[0]")
    #expect(fetch(Self.request(1, [0], acknowledges: true)) == "[0]")
    #expect(fetch(Self.request(0, [1])) == "[1]", "it begins anew")
    #expect(fetch(Self.request(1)) == "[1]")
  }

  @Test func `sessions are limited`() {
    let (b, c) = (
      ShareSessions.Key(group: "g", member: "b"), ShareSessions.Key(group: "h", member: "a")
    )
    #expect(fetch(Self.request(0)) == "[]")
    #expect(fetch(Self.request(0), by: b) == "[]")
    #expect(fetch(Self.request(0), by: c) == "SHARE_SESSION_LIMIT_REACHED")
    #expect(fetch(Self.request(0)) == "[]", "one that is there may begin anew")
    #expect(fetch(Self.request(-1), by: b) == "[]")
    #expect(fetch(Self.request(0), by: c) == "[]")
  }

  @Test func `the partitions of all sessions are limited`() {
    let b = ShareSessions.Key(group: "g", member: "b")
    #expect(fetch(Self.request(0, [0, 1, 2])) == "[0, 1, 2]")
    #expect(fetch(Self.request(0, [0, 1]), by: b) == "SHARE_SESSION_LIMIT_REACHED")
    #expect(fetch(Self.request(0, [0]), by: b) == "[0]")
    #expect(fetch(Self.request(1, [1]), by: b) == "SHARE_SESSION_LIMIT_REACHED")
    #expect(sessions.counts.sessions == 2)
    #expect(sessions.counts.partitions == 4)
    #expect(fetch(Self.request(1, forget: [1])) == "[2, 0]")
    #expect(fetch(Self.request(1, [1]), by: b) == "[1, 0]")
    #expect(fetch(Self.request(-1)) == "[0, 2]")
    #expect(sessions.counts.partitions == 2)
  }

  @Test func `a session ends with the connection that it was last used on`() {
    _ = fetch(Self.request(0, [0]), connection: 1)
    _ = fetch(Self.request(1), connection: 2)
    #expect(sessions.connectionClosed(1).isEmpty)
    #expect(sessions.counts.sessions == 1)
    let ended = sessions.connectionClosed(2)
    #expect(ended.map(\.0) == [Self.member])
    #expect(
      ended.map(\.1) == [[SharePlace(topicID: Self.topic, partition: PartitionID(0))]])
    #expect(sessions.counts.sessions == 0)
  }
}

/// What a member may say of ranges of records.
struct ShareAcknowledgementsTests {
  private func parsed(
    _ ranges: [(Int64, Int64, [Int8])], renews: Bool = false
  ) -> [String]? {
    let batches = ranges.map { first, last, types in
      AcknowledgementBatch {
        $0.firstOffset = Offset(first)
        $0.lastOffset = Offset(last)
        $0.acknowledgeTypes = types
      }
    }
    let place = SharePlace(topicID: .zero, partition: PartitionID(0))
    return ShareAcknowledgements(place: place, batches: batches)
      .parsed(allowsRenewal: renews)?.map { "\($0.first)-\($0.last) \($0.type)" }
  }

  @Test func `one type is that of the whole range, many are those of its offsets`() {
    #expect(parsed([(0, 9, [1])]) == ["0-9 accept"])
    #expect(parsed([(5, 5, [2]), (6, 6, [3])]) == ["5-5 release", "6-6 reject"])
    #expect(
      parsed([(5, 10, [1, 1, 0, 2, 2, 2])]) == ["5-6 accept", "7-7 gap", "8-10 release"])
    #expect(parsed([]) == [])
  }

  @Test func `what makes no sense is refused`() {
    #expect(parsed([(3, 2, [1])]) == nil)
    #expect(parsed([(0, 1, [])]) == nil)
    #expect(parsed([(0, 1, [1, 1, 1])]) == nil)
    #expect(parsed([(0, 3, [1]), (3, 4, [1])]) == nil)
    #expect(parsed([(4, 5, [1]), (0, 1, [1])]) == nil)
    #expect(parsed([(0, 1, [5])]) == nil)
    #expect(parsed([(0, 1, [-1])]) == nil)
    #expect(parsed([(-1, 1, [1])]) == nil)
    #expect(parsed([(0, .max, [1, 2])]) == nil)
    #expect(parsed([(0, .max, [1])]) == nil)
    #expect(parsed([(0, 1, [4])]) == nil)
    #expect(parsed([(0, 1, [4])], renews: true) == ["0-1 renew"])
  }
}
