/// Linux calls that Swift's Glibc module does not show, with plain C types.
#ifndef VARVE_CLINUX_H
#define VARVE_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One readiness event: `token` is what `varve_epoll_add` was given.
typedef struct {
  uint32_t events;
  uint64_t token;
} varve_epoll_event;

#define VARVE_EPOLLIN 0x001u
#define VARVE_EPOLLOUT 0x004u
#define VARVE_EPOLLERR 0x008u
#define VARVE_EPOLLHUP 0x010u
#define VARVE_EPOLLRDHUP 0x2000u

/// All functions return −1 and set errno on failure, as the system calls do.
int varve_epoll_create(void);
int varve_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int varve_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int varve_epoll_remove(int epoll, int fd);
/// Waits for at most `count` events (≤ 256); `timeout` in milliseconds, −1 waits for ever.
int varve_epoll_wait(int epoll, varve_epoll_event *events, int count, int timeout);

int varve_eventfd(void);
/// Accepts one connection (non-blocking, close-on-exec); a v4-mapped peer is written as IPv4.
int varve_accept(int listener, char *address, size_t address_size, uint16_t *port);
/// Scatters what a socket has over `parts`.
ssize_t varve_receive(int socket, struct iovec *parts, int count);
/// Gathers `parts` into a socket without SIGPIPE; `more` announces that more follows at once.
ssize_t varve_send(int socket, struct iovec *parts, int count, int more);
/// Blocks SIGPIPE in the calling thread, because sendfile cannot be told not to raise it.
int varve_block_sigpipe(void);
/// Maps `size` bytes (a multiple of 2 MiB), aligned to 2 MiB, huge pages asked for; NULL on
/// failure.
void *varve_huge_allocate(size_t size);
void varve_huge_free(void *start, size_t size);
/// Sends from a file to a socket; advances nothing in the file.
ssize_t varve_sendfile(int socket, int file, int64_t position, size_t count);

ssize_t varve_pwritev(int fd, const struct iovec *parts, int count, int64_t position);
int varve_fdatasync(int fd);
/// Starts write-back of a range without waiting (SYNC_FILE_RANGE_WRITE).
int varve_sync_file_range(int fd, int64_t position, int64_t count);
/// Has what follows on the descriptor go past the page cache (O_DIRECT), or not; −1 where the file
/// system does not offer it.
int varve_set_uncached(int fd, int on);
/// 1 when every page of the range is in the page cache, 0 when not, −1 when the kernel cannot tell.
int varve_is_resident(int fd, int64_t position, int64_t count);
/// Takes an exclusive advisory lock without waiting (flock).
int varve_lock_file(int fd);
/// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread (and its children) and gives a signalfd.
int varve_signalfd(void);
/// Reads one signal number from a signalfd, 0 when there is none.
int varve_read_signal(int fd);
/// Free and total bytes of the file system that holds `path`.
int varve_disk_space(const char *path, uint64_t *available, uint64_t *total);
/// CLOCK_BOOTTIME in nanoseconds: it goes on through suspend.
int64_t varve_boottime(void);
/// CLOCK_REALTIME in milliseconds since 1970.
int64_t varve_wall_milliseconds(void);
/// The process's environment: strings `NAME=value`, ended by null.
char **varve_environment(void);
/// Names the calling thread (at most 15 bytes).
void varve_name_thread(const char *name);

/// The CRC-32C of `count` bytes that follow bytes whose CRC-32C is `crc` (0 for none). Uses the
/// processor's instructions where it has them.
uint32_t varve_crc32c(uint32_t crc, const void *bytes, size_t count);
/// The same, by tables only.
uint32_t varve_crc32c_portable(uint32_t crc, const void *bytes, size_t count);
/// 1 when `varve_crc32c` uses the processor's instructions.
int varve_crc32c_is_accelerated(void);

#ifdef __cplusplus
}
#endif
#endif
