#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int varve_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, operation, fd, &event);
}

int varve_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int varve_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int varve_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int varve_epoll_wait(int epoll, varve_epoll_event *events, int count, int timeout) {
  struct epoll_event ready[256];
  if (count > 256) count = 256;
  int got = epoll_wait(epoll, ready, count, timeout);
  for (int i = 0; i < got; i++) {
    events[i].events = ready[i].events;
    events[i].token = ready[i].data.u64;
  }
  return got;
}

int varve_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int varve_accept(int listener, char *address, size_t address_size, uint16_t *port) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return fd;
  if (address_size > 0) address[0] = 0;
  *port = 0;
  if (peer.ss_family == AF_INET) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&peer;
    inet_ntop(AF_INET, &v4->sin_addr, address, address_size);
    *port = ntohs(v4->sin_port);
  } else if (peer.ss_family == AF_INET6) {
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&peer;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], address, address_size);
    } else {
      inet_ntop(AF_INET6, &v6->sin6_addr, address, address_size);
    }
    *port = ntohs(v6->sin6_port);
  }
  return fd;
}

ssize_t varve_receive(int socket, struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
  return recvmsg(socket, &message, 0);
}

ssize_t varve_send(int socket, struct iovec *parts, int count, int more) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
  return sendmsg(socket, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

int varve_block_sigpipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void *varve_huge_allocate(size_t size) {
  const size_t huge = 2u << 20;
  char *map = mmap(NULL, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return NULL;
  char *start = (char *)(((uintptr_t)map + huge - 1) & ~(huge - 1));
  if (start > map) munmap(map, (size_t)(start - map));
  if (start + size < map + size + huge) {
    munmap(start + size, (size_t)(map + size + huge - (start + size)));
  }
  madvise(start, size, MADV_HUGEPAGE);
  return start;
}

void varve_huge_free(void *start, size_t size) { munmap(start, size); }

ssize_t varve_sendfile(int socket, int file, int64_t position, size_t count) {
  off_t from = position;
  return sendfile(socket, file, &from, count);
}

ssize_t varve_pwritev(int fd, const struct iovec *parts, int count, int64_t position) {
  return pwritev(fd, parts, count, position);
}

int varve_fdatasync(int fd) { return fdatasync(fd); }

int varve_sync_file_range(int fd, int64_t position, int64_t count) {
  return sync_file_range(fd, position, count, SYNC_FILE_RANGE_WRITE);
}

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

int varve_is_resident(int fd, int64_t position, int64_t count) {
  struct {
    uint64_t offset, length;
  } range = {(uint64_t)position, (uint64_t)count};
  struct {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
  } stat;
  if (count <= 0) return 1;
  if (syscall(SYS_cachestat, fd, &range, &stat, 0) != 0) return -1;
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  uint64_t first = range.offset / page;
  uint64_t last = (range.offset + range.length - 1) / page;
  return stat.cached >= last - first + 1;
}

int varve_lock_file(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int varve_signalfd(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int varve_read_signal(int fd) {
  struct signalfd_siginfo info;
  return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int varve_disk_space(const char *path, uint64_t *available, uint64_t *total) {
  struct statvfs stat;
  if (statvfs(path, &stat) != 0) return -1;
  *available = (uint64_t)stat.f_bavail * stat.f_frsize;
  *total = (uint64_t)stat.f_blocks * stat.f_frsize;
  return 0;
}

int64_t varve_boottime(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t varve_wall_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void varve_name_thread(const char *name) {
  char short_name[16];
  strncpy(short_name, name, 15);
  short_name[15] = 0;
  pthread_setname_np(pthread_self(), short_name);
}

char **varve_environment(void) { return environ; }

int varve_set_uncached(int file, int on) {
  int flags = fcntl(file, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(file, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}
