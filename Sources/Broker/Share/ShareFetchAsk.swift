import Coordinators
import KafkaProtocol
import Records

/// What a share fetch asks of one partition.
struct ShareFetchAsk: Sendable {
  /// Where changes are to be signalled, and which of them nothing signals yet.
  struct Watching: Sendable {
    let watch: FetchWatch
    /// Of the log; the one after it is of the share-partition.
    let slot: Int32
    var addsLog = false
    var addsState = false

    var stateSlot: Int32 { slot + 1 }
  }

  let key: SharePartitionKey
  let partition: Partition
  let settings: ShareFetchSettings
  var acquisition: ShareAcquisition
  /// Room in the answer; the first batch may be larger.
  var maxBytes: Int
  /// Room for what must be decoded into memory.
  var maxColdBytes: Int
  /// Only says how much there is, and acquires nothing.
  var probes = false
  var watching: Watching
}

/// What one partition gives a share fetch.
struct ShareFetchPart: Sendable {
  var code = ErrorCode.none
  var records = RecordPayload.empty
  var acquired: [AcquiredRange] = []
  /// Of the records; when nothing is acquired, of what could be.
  var byteCount = 0
  /// Of these, what is in memory.
  var coldByteCount = 0

  var acquiredCount: Int64 { acquired.reduce(0) { $0 + $1.count } }
}
