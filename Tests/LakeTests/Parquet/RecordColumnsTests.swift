import Platform
import Records
import Testing

@testable import Lake

@Suite struct RecordColumnsTests {
  @Test func `gives back what was appended`() {
    let records = Samples.hardCases + Samples.mixed(count: 2000, seed: 1, firstOffset: 1000)
    #expect(RecordColumns(records).samples == records)
  }

  @Test func `is empty after removeAll and can be filled again`() {
    let columns = RecordColumns(Samples.mixed(count: 100, seed: 2))
    columns.removeAll()
    #expect(columns.isEmpty && columns.byteCount == 0)
    columns.partition = PartitionID(7)
    let records = Samples.mixed(count: 300, seed: 3)
    for record in records { columns.append(record) }
    #expect(columns.samples == records)
    #expect(columns.partition == PartitionID(7))
  }

  @Test func `refuses what would pass its limit but always takes one record`() {
    let columns = RecordColumns([], byteLimit: 1000)
    let large = SampleRecord(offset: 0, value: Array(repeating: 1, count: 5000))
    #expect(columns.append(large))
    #expect(!columns.append(SampleRecord(offset: 1, value: [1])))
    #expect(columns.count == 1)
    columns.removeAll()
    var taken = 0
    while columns.append(SampleRecord(offset: Int64(taken), value: [1, 2, 3])) { taken += 1 }
    #expect(taken == 1000 / (RecordColumns.rowByteCount + 7))
    #expect(columns.byteCount <= 1000)
  }

  @Test func `copies rows from other columns until it is full`() {
    let records = Samples.mixed(count: 500, seed: 4)
    let source = RecordColumns(records)
    let all = RecordColumns([], byteLimit: .max)
    #expect(all.append(source, rows: 100..<300) == 200)
    #expect(all.samples == Array(records[100..<300]))
    let few = RecordColumns([], byteLimit: 4000)
    let fitted = few.append(source, rows: 0..<500)
    #expect(fitted > 0 && fitted < 500)
    #expect(few.samples == Array(records[0..<fitted]))
  }

  @Test func `finds rows by offset and by timestamp`() {
    let columns = RecordColumns(
      [10, 11, 15, 20].map { SampleRecord(offset: $0, timestamp: $0 * 100) })
    #expect(columns.firstRow(atOrAfter: Offset(0)) == 0)
    #expect(columns.firstRow(atOrAfter: Offset(12)) == 2)
    #expect(columns.firstRow(atOrAfter: Offset(20)) == 3)
    #expect(columns.firstRow(atOrAfter: Offset(21)) == 4)
    #expect(columns.firstRow(timestampAtLeast: 1101) == 2)
    #expect(columns.firstRow(timestampAtLeast: 2001) == nil)
  }
}
