import Records
import Testing

@testable import Lake

extension SettledState.EpochStart {
  init(_ epoch: Int32, _ start: Int64) {
    self.init(epoch: LeaderEpoch(epoch), start: Offset(start))
  }
}

struct SettledStateTests {
  @Test func `the property reads back and is sorted`() throws {
    var state = SettledState()
    state.settle(
      PartitionID(1), SettledRange(from: Offset(5), to: Offset(9), leaderEpochs: [.init(0, 5)]))
    state.settle(PartitionID(0), SettledRange(from: Offset(0), to: Offset(0)))
    let json = try state.json()
    #expect(
      json == #"{"0":{"leader-epochs":[],"log-start":0,"settled":0},"#
        + #""1":{"leader-epochs":[[0,5]],"log-start":5,"settled":9}}"#)
    #expect(try SettledState(json: json, file: "x") == state)
    #expect(throws: LakeError.self) { try SettledState(json: #"{"-1":{}}"#, file: "x") }
    #expect(throws: LakeError.self) {
      try SettledState(json: #"{"1":{"settled":-1,"log-start":0}}"#, file: "x")
    }
    #expect(throws: LakeError.self) { try SettledState(json: "[", file: "x") }
  }

  @Test func `epochs grow only upwards and go when the log start passes them`() {
    var state = SettledState()
    let partition = PartitionID(2)
    state.settle(
      partition,
      SettledRange(from: Offset(0), to: Offset(50), leaderEpochs: [.init(0, 0), .init(1, 20)]))
    state.settle(
      partition,
      SettledRange(from: Offset(50), to: Offset(90), leaderEpochs: [.init(1, 20), .init(4, 60)]))
    #expect(state[partition]?.leaderEpochs == [.init(0, 0), .init(1, 20), .init(4, 60)])
    state.setLogStart(partition, Offset(59))
    #expect(state[partition]?.leaderEpochs == [.init(1, 20), .init(4, 60)])
    state.setLogStart(partition, Offset(10))
    #expect(state[partition]?.logStart == Offset(59))
  }
}
