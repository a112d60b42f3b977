// The load of tools/bench: librdkafka as producer and consumer, and the machine's own limits.
// Every mode prints one line of JSON. Built by tools/bench with `cc -O2 ... -lrdkafka -lpthread`.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RING_BYTES = 64 << 20, CHUNK = 1 << 20, STRIDE = 16 << 20 };

static void die(const char *what, const char *why) {
  fprintf(stderr, "bench-load: %s: %s\n", what, why);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu_seconds(int who) {
  struct rusage u;
  getrusage(who, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
         (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static uint64_t seed = 88172645463325252ull;

static uint64_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

// Fills the ring with records of `size` bytes that compress as events do: JSON with some words,
// numbers that differ and names that repeat.
static char *make_ring(size_t size, size_t *count) {
  static const char *words[] = {
      "delivered", "warehouse", "pending", "Amsterdam", "customer", "invoice", "returned",
      "priority",  "basket",    "express", "Singapore", "discount", "payment", "shipment",
  };
  *count = RING_BYTES / size;
  char *ring = malloc(*count * size), line[512];
  if (!ring) die("malloc", "no memory");
  for (size_t i = 0; i < *count; i++) {
    char *record = ring + i * size;
    size_t used = 0;
    while (used < size) {
      uint64_t r = next_random(), q = next_random();
      int n = snprintf(
          line, sizeof line, "{\"id\":%llu,\"at\":%llu,\"user\":\"u%llu\",\"state\":\"%s\","
          "\"%s\":%.3f,\"n\":%llu}", (unsigned long long)(r >> 30),
          1700000000000ull + i * 7 + used, (unsigned long long)(q % 50000), words[r % 14],
          words[q % 14], (double)(r % 100000) / 997.0, (unsigned long long)(q >> 44));
      if ((size_t)n > size - used) n = (int)(size - used);
      memcpy(record + used, line, n);
      used += n;
    }
  }
  return ring;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
    die(name, error);
}

static long failures;

static void delivered(rd_kafka_t *k, const rd_kafka_message_t *message, void *opaque) {
  (void)k, (void)opaque;
  if (message->err && failures++ == 0)
    fprintf(stderr, "bench-load: %s\n", rd_kafka_err2str(message->err));
}

static void report(const char *mode, long count, double bytes, double seconds, double cpu) {
  printf("{\"mode\": \"%s\", \"records\": %ld, \"bytes\": %.0f, \"seconds\": %.6f, "
         "\"client_cpu_seconds\": %.6f}\n", mode, count, bytes, seconds, cpu);
}

static rd_kafka_t *make_producer(const char *address, const char *acks, const char *linger) {
  char error[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", address);
  set(conf, "acks", acks);
  set(conf, "linger.ms", linger);
  set(conf, "batch.size", "1000000");
  set(conf, "batch.num.messages", "100000");
  set(conf, "queue.buffering.max.messages", "2000000");
  set(conf, "queue.buffering.max.kbytes", "262144");
  set(conf, "delivery.report.only.error", "true");
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t *k = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!k) die("producer", error);
  return k;
}

// produce ADDRESS TOPIC COUNT SIZE ACKS LINGER
static int produce(char **a) {
  long count = atol(a[2]);
  size_t size = atol(a[3]), ring_count;
  char *ring = make_ring(size, &ring_count);
  rd_kafka_t *k = make_producer(a[0], a[4], a[5]);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(k, a[1], NULL);
  const struct rd_kafka_metadata *metadata;
  // Connecting and asking for the topic are not what is measured.
  if (rd_kafka_metadata(k, 0, topic, &metadata, 20000)) die("metadata", a[1]);
  rd_kafka_metadata_destroy(metadata);

  double began = now(), cpu = cpu_seconds(RUSAGE_SELF);
  for (long i = 0; i < count; i++) {
    char *record = ring + (i % ring_count) * size;
    // The ring outlives every message: nothing is copied on this side.
    while (rd_kafka_produce(topic, 0, 0, record, size, NULL, 0, NULL) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        die("produce", rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(k, 5);
    }
    if ((i & 1023) == 0) rd_kafka_poll(k, 0);
  }
  if (rd_kafka_flush(k, 120000)) die("flush", "records without an answer after 120 s");
  double seconds = now() - began;
  report("produce", count, (double)count * size, seconds, cpu_seconds(RUSAGE_SELF) - cpu);
  return failures ? 1 : 0;
}

// consume ADDRESS TOPIC COUNT: from offset 0 of partition 0
static int consume(char **a) {
  long count = atol(a[2]), got = 0;
  char error[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", a[0]);
  set(conf, "fetch.wait.max.ms", "100");
  set(conf, "fetch.message.max.bytes", "4194304");
  set(conf, "queued.max.messages.kbytes", "131072");
  // With fewer, 10 MB of small records fill the queue, and the next fetch waits for a second.
  set(conf, "queued.min.messages", "1000000");
  set(conf, "check.crcs", "false");
  rd_kafka_t *k = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (!k) die("consumer", error);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(k, a[1], NULL);
  enum { BATCH = 10000 };
  static rd_kafka_message_t *messages[BATCH];
  double bytes = 0, began = now(), cpu = cpu_seconds(RUSAGE_SELF), last = began;
  int64_t next = 0;
  if (rd_kafka_consume_start(topic, 0, 0)) die("start", a[1]);
  while (got < count) {
    ssize_t n = rd_kafka_consume_batch(topic, 0, 100, messages, BATCH);
    for (ssize_t i = 0; i < n; i++) {
      if (messages[i]->err && messages[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        die("consume", rd_kafka_message_errstr(messages[i]));
      if (!messages[i]->err) {
        if (messages[i]->offset != next) die("consume", "an offset is missing");
        next++, got++, bytes += messages[i]->len;
      }
      rd_kafka_message_destroy(messages[i]);
    }
    if (n > 0) last = now();
    if (now() - last > 60) die("consume", "nothing for 60 s");
  }
  report("consume", got, bytes, now() - began, cpu_seconds(RUSAGE_SELF) - cpu);
  return 0;
}

static struct {
  int port;
  double bytes, cpu;
} loop;

static void *loop_sender(void *unused) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = loop.port,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(s, (void *)&to, sizeof to)) die("connect", "loopback");
  // As the broker's own connections over loopback: a control that paces costs thrice as much.
  if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4)) die("setsockopt", "reno");
  char *chunk = calloc(1, CHUNK);
  for (double left = loop.bytes; left > 0; left -= CHUNK)
    for (size_t sent = 0; sent < CHUNK;) {
      ssize_t n = send(s, chunk + sent, CHUNK - sent, 0);
      if (n <= 0) die("send", "loopback");
      sent += n;
    }
  close(s);
  loop.cpu = cpu_seconds(RUSAGE_THREAD);
  return unused;
}

// loopback BYTES: one thread sends to another over 127.0.0.1, 1 MiB at a time
static int loopback(char **a) {
  loop.bytes = atof(a[0]);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  if (bind(listener, (void *)&at, length) || listen(listener, 1)) die("listen", "loopback");
  getsockname(listener, (void *)&at, &length);
  loop.port = at.sin_port;
  pthread_t sender;
  pthread_create(&sender, NULL, loop_sender, NULL);
  int s = accept(listener, NULL, NULL);
  char *chunk = malloc(CHUNK);
  double got = 0, began = now(), cpu = cpu_seconds(RUSAGE_THREAD);
  for (ssize_t n; (n = recv(s, chunk, CHUNK, 0)) > 0;) got += n;
  double seconds = now() - began, receiver = cpu_seconds(RUSAGE_THREAD) - cpu;
  pthread_join(sender, NULL);
  printf("{\"mode\": \"loopback\", \"bytes\": %.0f, \"seconds\": %.6f, "
         "\"send_cpu_seconds\": %.6f, \"receive_cpu_seconds\": %.6f}\n",
         got, seconds, loop.cpu, receiver);
  return 0;
}

// write FILE BYTES: 1 MiB at a time to a new file, fdatasync at the end
static int sequential_write(char **a) {
  double bytes = atof(a[1]);
  int file = open(a[0], O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file < 0) die("open", a[0]);
  char *chunk = calloc(1, CHUNK);
  double began = now(), cpu = cpu_seconds(RUSAGE_SELF);
  off_t at = 0;
  for (; at < bytes; at += CHUNK) {
    if (pwrite(file, chunk, CHUNK, at) != CHUNK) die("write", a[0]);
    // Starts the write-back of what is behind, as a log does, so that the end need not wait.
    if (at && at % STRIDE == 0)
      sync_file_range(file, at - STRIDE, STRIDE, SYNC_FILE_RANGE_WRITE);
  }
  double written = now() - began;
  if (fdatasync(file)) die("fdatasync", a[0]);
  printf("{\"mode\": \"write\", \"bytes\": %.0f, \"seconds\": %.6f, \"synced_seconds\": %.6f, "
         "\"cpu_seconds\": %.6f}\n", (double)at, written, now() - began,
         cpu_seconds(RUSAGE_SELF) - cpu);
  unlink(a[0]);
  return 0;
}

// warm BYTES: touches so much memory once and gives it back
static int warm(char **a) {
  size_t bytes = atof(a[0]);
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) die("mmap", "no memory");
  double began = now();
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  printf("{\"mode\": \"warm\", \"bytes\": %zu, \"seconds\": %.6f}\n", bytes, now() - began);
  return 0;
}

// payload SIZE: writes the records that `produce` sends, once round the ring
static int payload(char **a) {
  size_t size = atol(a[0]), count;
  char *ring = make_ring(size, &count);
  return fwrite(ring, size, count, stdout) == count ? 0 : 1;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name, *arguments;
    int count, (*run)(char **);
  } modes[] = {
      {"produce", "ADDRESS TOPIC COUNT SIZE ACKS LINGER", 6, produce},
      {"consume", "ADDRESS TOPIC COUNT", 3, consume},
      {"loopback", "BYTES", 1, loopback},
      {"write", "FILE BYTES", 2, sequential_write},
      {"payload", "SIZE", 1, payload},
      {"warm", "BYTES", 1, warm},
  };
  size_t known = sizeof modes / sizeof *modes;
  for (size_t i = 0; i < known; i++)
    if (argc == modes[i].count + 2 && !strcmp(argv[1], modes[i].name))
      return modes[i].run(argv + 2);
  for (size_t i = 0; i < known; i++)
    fprintf(stderr, "usage: bench-load %s %s\n", modes[i].name, modes[i].arguments);
  return 2;
}
