import Platform
import Records
import Testing

@testable import CommitLog

struct ProducerStateTests {
  /// A batch of producer 9 as the log sees it.
  private func header(
    _ sequence: Int32, records: Int32 = 1, epoch: Int16 = 0, at offset: Int64 = 0, id: Int64 = 9
  ) -> BatchHeader {
    BatchHeader(
      baseOffset: Offset(offset), length: 49, partitionLeaderEpoch: LeaderEpoch(0), attributes: 0,
      lastOffsetDelta: records - 1, baseTimestamp: 0, maxTimestamp: 0, producerID: id,
      producerEpoch: epoch, baseSequence: sequence, recordCount: records)
  }

  /// A state in which producer 9 has written these batches under epoch 3, at offsets 100, 101, …
  private func state(_ batches: [(sequence: Int32, records: Int32)]) -> ProducerState {
    var state = ProducerState()
    var offset: Int64 = 100
    for batch in batches {
      state.record(
        header(batch.sequence, records: batch.records, epoch: 3, at: offset), now: 0, limit: 10)
      offset += Int64(batch.records)
    }
    return state
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var before: [(sequence: Int32, records: Int32)] = []
    let sequence: Int32
    var records: Int32 = 1
    var epoch: Int16 = 3
    /// A duplicate is given by the base offset of the original.
    let expected: String
  }

  static let cases = [
    Case(testDescription: "an unknown producer begins at 0", sequence: 0, expected: "fresh"),
    Case(testDescription: "an unknown producer begins anywhere", sequence: 77, expected: "fresh"),
    Case(
      testDescription: "the next in order", before: [(0, 2), (2, 3)], sequence: 5,
      expected: "fresh"),
    Case(
      testDescription: "a gap", before: [(0, 2)], sequence: 3, expected: "outOfOrderSequence"),
    Case(
      testDescription: "the last again", before: [(0, 2), (2, 3)], sequence: 2, records: 3,
      expected: "duplicate 102"),
    Case(
      testDescription: "the fifth last again", before: [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)],
      sequence: 0, expected: "duplicate 100"),
    Case(
      testDescription: "the sixth last again",
      before: [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)], sequence: 0,
      expected: "outOfOrderSequence"),
    Case(
      testDescription: "the same start with another length", before: [(0, 2)], sequence: 0,
      records: 1, expected: "outOfOrderSequence"),
    Case(
      testDescription: "an older epoch", before: [(0, 1)], sequence: 1, epoch: 2,
      expected: "invalidProducerEpoch"),
    Case(
      testDescription: "an older epoch's duplicate", before: [(0, 1)], sequence: 0, epoch: 2,
      expected: "invalidProducerEpoch"),
    Case(
      testDescription: "a newer epoch begins at 0", before: [(0, 1)], sequence: 0, epoch: 4,
      expected: "fresh"),
    Case(
      testDescription: "a newer epoch begins elsewhere", before: [(0, 1)], sequence: 1, epoch: 4,
      expected: "outOfOrderSequence"),
    Case(
      testDescription: "a batch that ends at the highest number is followed by 0",
      before: [(.max - 1, 2)], sequence: 0, expected: "fresh"),
    Case(
      testDescription: "a batch that wraps around is followed by what comes after",
      before: [(.max - 1, 5)], sequence: 3, expected: "fresh"),
    Case(
      testDescription: "a batch that wrapped around, again", before: [(.max - 1, 5)],
      sequence: .max - 1, records: 5, expected: "duplicate 100"),
    Case(
      testDescription: "no sequence at all", sequence: -1, expected: "outOfOrderSequence"),
  ]

  @Test(arguments: cases)
  func `a batch is judged by its producer's history`(item: Case) {
    let verdict = state(item.before).check(
      header(item.sequence, records: item.records, epoch: item.epoch))
    let text =
      if case .duplicate(let batch) = verdict {
        "duplicate \(batch.baseOffset)"
      } else {
        "\(verdict)"
      }
    #expect(text == item.expected)
  }

  @Test func `a new epoch forgets the batches of the old one`() {
    var state = state([(0, 1), (1, 1)])
    state.record(header(0, epoch: 4, at: 200), now: 0, limit: 10)
    #expect(state.check(header(1, epoch: 4)) == .fresh)
    guard case .duplicate(let batch) = state.check(header(0, epoch: 4)) else {
      Issue.record("no duplicate")
      return
    }
    #expect(batch.baseOffset == Offset(200))
  }

  @Test func `what follows a batch that is to come again does not begin in its place`() {
    var state = ProducerState()
    state.sendBack(header(4, records: 2), now: 0, limit: 10)
    state.sendBack(header(6), now: 1, limit: 10)
    #expect(state.check(header(6)) == .outOfOrderSequence)
    #expect(state.check(header(6, id: 10)) == .fresh, "another producer")
    #expect(state.check(header(6, epoch: 1)) == .fresh, "the same after it gave the batch up")
    #expect(state.check(header(4, records: 2)) == .fresh)
    state.record(header(4, records: 2), now: 2, limit: 10)
    #expect(state.check(header(6)) == .fresh)
    state.expire(now: 1000, expiration: 100)
    #expect(state.check(header(8)) == .fresh, "all of it is forgotten")
  }

  @Test func `batches that are to come again are forgotten by their age and their number`() {
    var state = ProducerState()
    for id in 0..<3 { state.sendBack(header(0, id: Int64(id)), now: Int64(id), limit: 2) }
    let refused = { (state: ProducerState) in
      (0..<3).filter { state.check(self.header(1, id: Int64($0))) == .outOfOrderSequence }
    }
    #expect(refused(state) == [1, 2])
    state.expire(now: 101, expiration: 100)
    #expect(refused(state) == [2])
  }

  @Test func `idle producers expire, and the idlest go when there are too many`() {
    var state = ProducerState()
    for id in 0..<100 {
      state.record(header(0, id: Int64(id)), now: Int64(id), limit: 32)
      #expect(state.entries.count <= 32)
      #expect(state.entries[Int64(id)] != nil)
    }
    #expect(state.entries.keys.min()! > 60)
    state.expire(now: 1095, expiration: 1000)
    #expect(state.entries.keys.sorted() == [96, 97, 98, 99])
    state.record(header(1, at: 7, id: 97), now: 2000, limit: 32)
    state.expire(now: 2500, expiration: 1000)
    #expect(state.entries.keys.sorted() == [97])
  }

  @Test func `many producers of one moment are evicted to the limit too`() {
    var state = ProducerState()
    for id in 0..<200 { state.record(header(0, id: Int64(id)), now: 5, limit: 50) }
    #expect(state.entries.count <= 50 && state.entries.count > 40)
  }

  @Test func `a snapshot reads back, and no damaged one is taken`() {
    var state = state([(0, 2), (2, 1), (3, 1), (4, 9), (13, 1), (14, 2)])
    state.record(header(.max, id: 12), now: 77, limit: 10)
    let block = ProducerSnapshot.encode(state)
    let bytes = block.array
    let decoded = bytes.withUnsafeBytes { ProducerSnapshot.decode($0) }
    #expect(decoded?.entries.keys.sorted() == [9, 12])
    #expect(decoded?.entries[12]?.lastAppendMilliseconds == 77)
    #expect(decoded?.entries[12]?.lastTimestamp == header(.max, id: 12).maxTimestamp)
    for (sequence, records, offset) in [(2, 1, 102), (14, 2, 114), (4, 9, 104)] {
      let verdict = decoded?.check(header(Int32(sequence), records: Int32(records), epoch: 3))
      guard case .duplicate(let batch) = verdict else {
        Issue.record("\(sequence) is not known")
        continue
      }
      #expect(batch.baseOffset == Offset(Int64(offset)))
    }
    #expect(decoded?.check(header(0, records: 2, epoch: 3)) == .outOfOrderSequence)
    for end in 0..<bytes.count {
      #expect(bytes[..<end].withUnsafeBytes { ProducerSnapshot.decode($0) } == nil)
    }
    for index in 0..<bytes.count {
      var damaged = bytes
      damaged[index] ^= 0x10
      #expect(damaged.withUnsafeBytes { ProducerSnapshot.decode($0) } == nil)
    }
  }

  @Test func `Kafka's own snapshot, without the earlier batches, is read`() {
    // One producer (id 4000, epoch 2, last sequence 9, last offset 109, delta 9) in Kafka's form.
    var writer = ByteWriter()
    writer.write(Int16(1))
    writer.write(UInt32(0))
    writer.write(Int32(1))
    writer.write(Int64(4000))
    writer.write(Int16(2))
    writer.write(Int32(9))
    writer.write(Int64(109))
    writer.write(Int32(9))
    writer.write(Int64(1_700_000_000_000))
    writer.write(Int32(-1))
    writer.write(Int64(-1))
    let body = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: writer.bytes[6...]))
    writer.patch(body, at: 2)
    let bytes = writer.finish().array
    let state = bytes.withUnsafeBytes { ProducerSnapshot.decode($0) }
    #expect(state?.entries[4000]?.lastTimestamp == 1_700_000_000_000)
    #expect(state?.entries[4000]?.lastAppendMilliseconds == 1_700_000_000_000)
    #expect(state?.check(header(10, epoch: 2, id: 4000)) == .fresh)
    #expect(
      state?.check(header(0, records: 10, epoch: 2, id: 4000))
        == .duplicate(ProducerBatch(lastSequence: 9, lastOffset: Offset(109), offsetDelta: 9)))
  }
}

extension ProducerState {
  /// Judges a client's batch by its header alone.
  func check(
    _ header: BatchHeader, origin: AppendOrigin = .client,
    verification: VerificationGuard? = nil
  ) -> Verdict {
    let none = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    return check(
      BatchAppend(bytes: none, header: header, origin: origin, verification: verification))
  }
}
