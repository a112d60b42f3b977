import Records
import Testing

@testable import CommitLog

struct CleaningRulesTests {
  private static let now: Int64 = 10_000

  private func header(
    at base: Int64, count: Int32 = 1, producer: Int64 = -1, epoch: Int16 = 0,
    isTransactional: Bool = false, isControl: Bool = false, horizon: Int64? = nil
  ) -> BatchHeader {
    var attributes: UInt16 = 0
    if isTransactional { attributes |= BatchHeader.Attributes.transactional }
    if isControl { attributes |= BatchHeader.Attributes.control }
    if horizon != nil { attributes |= BatchHeader.Attributes.deleteHorizon }
    return BatchHeader(
      baseOffset: Offset(base), length: 100, partitionLeaderEpoch: LeaderEpoch(0),
      attributes: attributes, lastOffsetDelta: count - 1, baseTimestamp: horizon ?? 1,
      maxTimestamp: 1, producerID: producer, producerEpoch: epoch, recordCount: count)
  }

  private func rules(_ producers: [Int64: CleaningRules.ProducerEnd] = [:]) -> CleaningRules {
    CleaningRules(
      now: Self.now, deleteRetentionMilliseconds: 500, mapEnd: Offset(100), producers: producers)
  }

  struct RecordCase: CustomTestStringConvertible, Sendable {
    let name: String
    var offset: Int64 = 5
    var key: String? = "k"
    var value: String? = "v"
    var horizon: Int64?
    var latest: Int64?
    let stays: Bool
    var testDescription: String { name }
  }

  @Test(arguments: [
    RecordCase(name: "a key that is not dirty", stays: true),
    RecordCase(name: "the latest of its key", latest: 5, stays: true),
    RecordCase(name: "superseded", latest: 6, stays: false),
    RecordCase(name: "beyond the map", offset: 100, latest: 105, stays: true),
    RecordCase(name: "without a key", key: nil, stays: false),
    RecordCase(name: "without a key, beyond the map", offset: 101, key: nil, stays: true),
    RecordCase(name: "an empty value", value: "", stays: true),
    RecordCase(name: "a tombstone met first", value: nil, latest: 5, stays: true),
    RecordCase(name: "a tombstone before its horizon", value: nil, horizon: 10_001, stays: true),
    RecordCase(name: "a tombstone at its horizon", value: nil, horizon: 10_000, stays: false),
    RecordCase(name: "a value past a horizon", horizon: 1, stays: true),
    RecordCase(
      name: "a superseded tombstone", value: nil, horizon: 10_001, latest: 8, stays: false),
  ])
  func `which records stay`(_ one: RecordCase) {
    let key = Array((one.key ?? "").utf8)
    let value = Array((one.value ?? "").utf8)
    let stays = key.withUnsafeBytes { key in
      value.withUnsafeBytes { value in
        rules().keeps(
          RecordView(
            offset: Offset(one.offset), timestamp: 1, key: one.key == nil ? nil : key,
            value: one.value == nil ? nil : value),
          of: header(at: one.offset, horizon: one.horizon)
        ) { _ in one.latest.map { Offset($0) } }
      }
    }
    #expect(stays == one.stays)
  }

  @Test func `a horizon is set once, where a tombstone or an idle marker stays`() {
    let rules = rules()
    let tombstone = BatchRewriter.Selection(total: 2, kept: 1, tombstones: 1)
    let values = BatchRewriter.Selection(total: 2, kept: 2, tombstones: 0)
    let data = CleaningRules.Verdict()
    let idle = CleaningRules.Verdict(isIdleMarker: true)
    #expect(rules.newHorizon(for: header(at: 0), data, tombstone) == 10_500)
    #expect(rules.newHorizon(for: header(at: 0, horizon: 11_000), data, tombstone) == nil)
    #expect(rules.newHorizon(for: header(at: 0), data, values) == nil)
    #expect(rules.newHorizon(for: header(at: 0), idle, values) == 10_500)
    let none = BatchRewriter.Selection(total: 2, kept: 0, tombstones: 0)
    #expect(rules.newHorizon(for: header(at: 0), idle, none) == nil)
  }

  @Test func `headers stay that say where a producer is, and where a segment ends`() {
    let rules = rules([
      1: CleaningRules.ProducerEnd(epoch: 3, lastOffset: Offset(20)),
      2: CleaningRules.ProducerEnd(epoch: 3, lastOffset: nil),
      3: CleaningRules.ProducerEnd(epoch: 3, lastOffset: nil, lastMarker: Offset(40)),
    ])
    func keeps(_ header: BatchHeader, ends: Bool = false) -> Bool {
      if header.isControl {
        return rules.verdict(on: header, marker: .idle, endsSegment: ends).keepsHeader
      }
      return rules.verdict(on: header, isAborted: false, endsSegment: ends).keepsHeader
    }
    #expect(keeps(header(at: 18, count: 3, producer: 1)))
    #expect(!keeps(header(at: 17, count: 3, producer: 1)))
    #expect(!keeps(header(at: 20)))
    #expect(keeps(header(at: 20), ends: true))
    #expect(!keeps(header(at: 20, producer: 9)))
    #expect(!keeps(header(at: 30, producer: 1, epoch: 3, isControl: true)))
    #expect(keeps(header(at: 30, producer: 2, epoch: 3, isControl: true)))
    #expect(!keeps(header(at: 30, producer: 2, epoch: 2, isControl: true)))
    #expect(!keeps(header(at: 30, producer: 3, epoch: 3, isControl: true)))
    #expect(keeps(header(at: 40, producer: 3, epoch: 3, isControl: true)))
  }

  @Test func `markers go when nothing of their transaction is left and their horizon has passed`() {
    let rules = rules()
    func discards(_ horizon: Int64?, _ marker: TransactionFilter.MarkerVerdict) -> Bool {
      rules.verdict(
        on: header(at: 0, producer: 1, isControl: true, horizon: horizon), marker: marker,
        endsSegment: false
      ).discardsRecords
    }
    #expect(!discards(nil, .idle))
    #expect(!discards(10_001, .idle))
    #expect(discards(10_000, .idle))
    #expect(!discards(10_000, .needed(nil)))
    #expect(rules.verdict(on: header(at: 0), isAborted: true, endsSegment: false).discardsRecords)
  }

  // MARK: Transactions

  private func aborted(_ producer: Int64, _ first: Int64, _ last: Int64) -> AbortedTransaction {
    AbortedTransaction(
      producerID: producer, firstOffset: Offset(first), lastOffset: Offset(last),
      lastStableOffset: Offset(last + 1))
  }

  @Test func `records between an aborted transaction's begin and its marker are aborted`() {
    var filter = TransactionFilter()
    filter.add([aborted(1, 10, 20), aborted(2, 5, 25)])
    func isAborted(_ offset: Int64, _ producer: Int64) -> Bool {
      filter.isAborted(header(at: offset, producer: producer, isTransactional: true))
    }
    #expect(!isAborted(3, 1))
    #expect(
      filter.verdict(on: header(at: 4, producer: 1), .commit(coordinatorEpoch: 0)) == .needed(nil))
    #expect(isAborted(5, 2))
    #expect(isAborted(10, 1))
    let isPlainAborted = filter.isAborted(header(at: 12, producer: 1))
    #expect(!isPlainAborted)
    #expect(!isAborted(15, 3))
    #expect(
      filter.verdict(on: header(at: 20, producer: 1), .abort(coordinatorEpoch: 0))
        == .needed(aborted(1, 10, 20)))
    // The next segment names the transaction that is still open again.
    filter.add([aborted(2, 5, 25)])
    #expect(!isAborted(21, 1))
    #expect(isAborted(22, 2))
    #expect(
      filter.verdict(on: header(at: 25, producer: 2), .abort(coordinatorEpoch: 0))
        == .needed(aborted(2, 5, 25)))
    #expect(!isAborted(30, 2))
  }

  @Test func `a marker is idle when none of its batches came by`() {
    var filter = TransactionFilter()
    filter.add([aborted(1, 10, 20)])
    let marker = header(at: 20, producer: 1)
    #expect(filter.verdict(on: marker, .abort(coordinatorEpoch: 0)) == .idle)
    #expect(filter.verdict(on: marker, .commit(coordinatorEpoch: 0)) == .idle)
    #expect(filter.verdict(on: marker, nil) == .idle)
    #expect(filter.verdict(on: marker, .other(type: 5)) == .needed(nil))
  }
}
