import CommitLog
import Platform
import Synchronization

/// What a broker does by the clock: closes segments that are due, writes checkpoints, watches the
/// free space of the disk, and forgets what quotas measured long ago. One thread of its own.
final class Housekeeping: Sendable {
  private static let tickMilliseconds: Int64 = 1000
  private static let ticksBetweenExpiries: Int64 = 10
  /// A disk that was found full needs this much before another try, without a reserve too.
  private static let leastRoom: Int64 = 4 << 20

  private let context: BrokerContext
  private let logs: LogDirectory
  private let fileSystem: any FileSystem
  private let ticker = Ticker()
  private let wasShort = Atomic<Bool>(false)

  init(_ context: BrokerContext, _ logs: LogDirectory, fileSystem: any FileSystem) {
    self.context = context
    self.logs = logs
    self.fileSystem = fileSystem
  }

  func start() {
    watchDisk()
    let interval = context.config.values.long("log.flush.offset.checkpoint.interval.ms")
    ticker.start(named: "housekeeping", everyMilliseconds: Self.tickMilliseconds) { [self] count in
      watchDisk()
      rollDueSegments()
      if count % Self.ticksBetweenExpiries == 0 { context.quotas.expire() }
      if count % max(1, interval / Self.tickMilliseconds) == 0 { checkpoint() }
    }
  }

  func stop() { ticker.stop() }

  /// Stops producers before the disk is full, and lets them go on when there is room again.
  private func watchDisk() {
    let reserve = context.values.long("varve.disk.reserve.bytes")
    let available: Int64
    do throws(StorageError) {
      available = try fileSystem.space(context.config.logDirectory).available
    } catch {
      _ = context.diskBudget.renew(available: .max, reserve: 0)
      return context.log.warn("the disk's free space is unknown", ("error", error))
    }
    let budget = context.diskBudget
    let needed = budget.isUsedUp ? max(reserve, Self.leastRoom) : reserve
    if budget.takeRefusal() { wasShort.store(true, ordering: .relaxed) }
    let isShort = budget.renew(available: available, reserve: needed)
    guard isShort != wasShort.exchange(isShort, ordering: .relaxed) else { return }
    if isShort {
      context.log.error(
        "the disk is nearly full: produce gets KAFKA_STORAGE_ERROR until there is room",
        ("available", available), ("varve.disk.reserve.bytes", reserve))
    } else {
      context.log.info("the disk has room again: produce goes on", ("available", available))
    }
  }

  private func rollDueSegments() {
    let now = context.clock.wallMilliseconds()
    for topic in context.topics.snapshot.byID.values {
      for partition in topic.partitions {
        do throws(StorageError) { try partition.log.rollIfDue(now: now) } catch {
          context.storageFailed(error, partition)
        }
      }
    }
  }

  private func checkpoint() {
    do throws(StorageError) { try logs.flush() } catch {
      context.log.error("the recovery point cannot be written", ("error", error))
    }
  }
}
