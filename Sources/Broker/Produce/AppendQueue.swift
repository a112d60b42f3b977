import CommitLog
import KafkaProtocol
import Net
import Platform
import Records

/// What one loop iteration received to append, by partition, so that each partition is written
/// with one system call (hot-path rule 1). Touched on its loop's thread only.
final class AppendQueue {
  /// One batch and who waits for it.
  struct Owner {
    let produce: PendingProduce
    /// The partition's place in the answer.
    let place: PendingProduce.Place
  }

  private typealias Verifications = PendingVerifications<Owner>

  private struct Waiting {
    let partition: Partition
    var batches: [BatchAppend] = []
    var owners: [Owner] = []
    /// What keeps the bytes of batches that were copied.
    var blocks: [ByteBlock] = []
  }

  private let broker: BrokerContext
  private let loop: EventLoop
  private var waiting: [Waiting] = []
  private var verifications = Verifications()

  init(broker: BrokerContext, loop: EventLoop) {
    self.broker = broker
    self.loop = loop
  }

  /// Queues a validated batch, whose bytes must stay where they are until `commit()`.
  func add(
    _ batch: BatchAppend, to partition: Partition, for owner: Owner, keeping block: ByteBlock? = nil
  ) {
    // A loop serves few partitions in one iteration: a scan beats a dictionary.
    if let index = waiting.firstIndex(where: { $0.partition === partition }) {
      waiting[index].batches.append(batch)
      waiting[index].owners.append(owner)
      if let block { waiting[index].blocks.append(block) }
    } else {
      waiting.append(
        Waiting(
          partition: partition, batches: [batch], owners: [owner],
          blocks: block.map { [$0] } ?? []))
    }
  }

  /// Appends all that waits, answers acks=1, and hands acks=all to the group sync.
  func commit() {
    guard !waiting.isEmpty else { return }
    let batch = waiting
    waiting.removeAll(keepingCapacity: true)
    for entry in batch { append(entry) }
  }

  private func append(_ entry: Waiting) {
    let partition = entry.partition
    do throws(StorageError) {
      let outcomes = try partition.log.append(
        entry.batches, epoch: partition.leaderEpoch, now: broker.clock.wallMilliseconds())
      broker.diskBudget.spend(entry.batches.reduce(0) { $0 + $1.bytes.count })
      partition.wakeFetches()
      let logStart = partition.log.logStartOffset
      var synced: [Owner] = []
      for (owner, outcome) in zip(entry.owners, outcomes) {
        let isStored = owner.produce.record(outcome, logStart: logStart, at: owner.place)
        if isStored, owner.produce.waitsForSync {
          synced.append(owner)
        } else {
          owner.produce.finishOne()
        }
      }
      if !synced.isEmpty { awaitSync(of: partition, for: synced) }
    } catch {
      let code = broker.storageFailed(error, partition)
      for owner in entry.owners { refuse(owner, code) }
    }
    withExtendedLifetime(entry.blocks) {}
  }

  private func refuse(_ owner: Owner, _ code: ErrorCode, _ message: String? = nil) {
    owner.produce.fail(code, message, at: owner.place)
    owner.produce.finishOne()
  }

  private func awaitSync(of partition: Partition, for owners: [Owner]) {
    let owners = UncheckedTransfer(owners)
    let waiter = SyncWaiter(upTo: partition.log.endOffset) { [loop, broker] failure in
      let code = failure.map { broker.storageFailed($0, partition) }
      loop.post {
        for owner in owners.value {
          if let code { owner.produce.fail(code, at: owner.place) }
          owner.produce.finishOne()
        }
      }
    }
    partition.whenSynced(waiter, pool: broker.pool)
  }
}

// MARK: - Transactions

extension AppendQueue {
  /// Queues a transactional batch: at once while the log has its transaction open, else when the
  /// coordinator has said that the transaction holds the partition.
  func add(
    _ batch: ValidatedBatch, ofTransaction transactionalID: String, version: Int16,
    to partition: Partition, for owner: Owner
  ) {
    let header = batch.header
    // Transactions V2 come with Produce 12 (KIP-890).
    let isV2 = version >= 12
    let origin: AppendOrigin = isV2 ? .clientV2 : .client
    let key = Verifications.Key(partition, header)
    func copied() -> Verifications.Batch {
      let block = ByteBlock(copying: UnsafeRawBufferPointer(batch.bytes))
      return Verifications.Batch(
        block: block, header: header, origin: origin, owner: owner, version: version)
    }
    let isAwaited = verifications.isAwaited(key)
    if !isAwaited,
      partition.log.hasOpenTransaction(ofProducer: header.producerID, epoch: header.producerEpoch)
    {
      let append = BatchAppend(bytes: batch.bytes, header: header, origin: origin)
      return add(append, to: partition, for: owner)
    }
    guard let verifier = broker.transactionVerifier else { return refuse(owner, .invalidTxnState) }
    guard broker.verificationBytes.take(batch.bytes.count) else {
      sendBack(header, to: partition)
      return refuse(owner, .notEnoughReplicas, "Too many batches wait for the coordinator.")
    }
    if isAwaited { return verifications.join(key, copied()) }
    // Taken first: a marker that comes while the coordinator is asked voids it.
    let verification = partition.log.verificationGuard()
    verifications.begin(key, partition, verification, copied())
    let queue = UncheckedTransfer(self)
    verifier.verify(
      transactionalID: transactionalID, producerID: header.producerID,
      producerEpoch: header.producerEpoch, partition: partition, adds: isV2
    ) { [loop] code in
      loop.post { queue.value.verified(key, code) }
    }
  }

  private func verified(_ key: Verifications.Key, _ code: ErrorCode) {
    guard let waiting = verifications.end(key) else { return }
    broker.verificationBytes.giveBack(waiting.byteCount)
    if let first = waiting.batches.first,
      code.forProducer(version: first.version) == .notEnoughReplicas
    {
      sendBack(first.header, to: waiting.partition)
    }
    for batch in waiting.batches {
      guard code == .none else {
        refuse(batch.owner, code.forProducer(version: batch.version))
        continue
      }
      let append = BatchAppend(
        bytes: UnsafeMutableRawBufferPointer(mutating: batch.block.bytes), header: batch.header,
        origin: batch.origin, verification: waiting.verification)
      add(append, to: waiting.partition, for: batch.owner, keeping: batch.block)
    }
  }

  /// The producer may have sent more already, and none of that may go before the batch.
  private func sendBack(_ header: BatchHeader, to partition: Partition) {
    partition.log.sendBack(header, now: broker.clock.wallMilliseconds())
  }
}

/// Carries a value through a `@Sendable` closure that comes back to the thread it left from.
struct UncheckedTransfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
