"""`tools/bench compact`: the log cleaner beside the bare zstd codec."""

import time

import confluent_kafka
import zstandard
from harness.waiting import wait_until


def measure(bench):
    """Fills a topic, turns compaction on and waits until its log is clean."""
    size, count, ring = 1024, int(500_000 * bench.options.scale), bench.payload
    bench.create("compact", **{"remote.storage.enable": "false", "segment.ms": 1000})
    producer = confluent_kafka.Producer({
        "bootstrap.servers": bench.broker.address, "compression.type": "zstd", "linger.ms": 20,
    })  # fmt: skip
    for number in range(count):
        start = number * size % (len(ring) - size)
        key = b"key %d" % (number % (count // 4))
        while True:
            try:
                producer.produce("compact", ring[start : start + size], key)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()
    bench.broker.restart()  # its memory is then the cleaner's alone
    idle = bench.broker.status_kilobytes("VmRSS") / 1000
    began, before = time.monotonic(), bench.cpu_seconds()
    bench.ask(
        "alter_topic", "compact",
        {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": 0},
    )  # fmt: skip
    checkpoint = bench.broker.data / "cleaner-offset-checkpoint"
    done = f"compact 0 {count}"
    wait_until(
        lambda: checkpoint.exists() and done in checkpoint.read_text().splitlines(),
        "the log to be clean", 600,
    )  # fmt: skip
    seconds, cpu = time.monotonic() - began, bench.cpu_seconds() - before
    codec = time.process_time()
    for start in range(0, len(ring), 1 << 17):
        packed = zstandard.ZstdCompressor(level=3).compress(ring[start : start + (1 << 17)])
        zstandard.ZstdDecompressor().decompress(packed)
    limit = f"{len(ring) / (time.process_time() - codec) / 1e6:.0f}"
    bench.row("compact 1 KiB", count * size / seconds / 1e6, "MB/s", limit)
    bench.row("compact 1 KiB, per core", count * size / cpu / 1e6, "MB/CPU s", limit)
    peak = bench.broker.status_kilobytes("VmHWM") / 1000
    bench.row("compact, peak resident", peak, "MB", f"{idle:.0f}")
