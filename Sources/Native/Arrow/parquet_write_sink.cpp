// Where a writer's bytes gather, and the memory that they lie in.

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "parquet_write.hpp"

namespace varve {

namespace {

constexpr int64_t huge_page = 2 << 20;
constexpr int64_t first_capacity = 64 << 10;
constexpr int64_t largest_kept = 16 << 20;

}  // namespace

// Memory of row groups that went out, for those to come: the kernel clears what it hands out anew,
// and that takes 2 % of the CPU of settling. All writers share it, and the last one takes it along.
class Spares {
 public:
  static std::shared_ptr<Spares> shared() {
    static std::mutex mutex;
    static std::weak_ptr<Spares> known;
    std::lock_guard lock(mutex);
    std::shared_ptr<Spares> spares = known.lock();
    if (!spares) known = spares = std::make_shared<Spares>();
    return spares;
  }

  // The smallest memory of at least `capacity` bytes, or none.
  Memory take(int64_t capacity) {
    std::lock_guard lock(mutex_);
    Memory *best = nullptr;
    for (Memory &memory : memory_) {
      bool fits = memory.capacity() >= capacity;
      if (fits && (!best || memory.capacity() < best->capacity())) best = &memory;
    }
    return best ? std::exchange(*best, Memory()) : Memory();
  }

  // Keeps it if it is larger than the smallest that is kept, and not too large to lie idle.
  void give(Memory memory) {
    if (memory.capacity() > largest_kept) return;
    std::lock_guard lock(mutex_);
    Memory &smallest = *std::min_element(
        std::begin(memory_), std::end(memory_),
        [](const Memory &a, const Memory &b) { return a.capacity() < b.capacity(); });
    if (memory.capacity() > smallest.capacity()) std::swap(memory, smallest);
  }

 private:
  std::mutex mutex_;
  Memory memory_[2];  // one row group is encoded while another goes out
};

// Bytes that were taken out of a sink.
struct TakenBytes {
  Memory memory;
  std::shared_ptr<Spares> spares;
};

bool Memory::grow(int64_t capacity) {
  void *bigger = nullptr;
  if (capacity < huge_page) {
    bigger = realloc(bytes_, size_t(capacity));
    if (!bigger) return false;
  } else {
    // On huge pages the first touch of all this costs a few faults instead of thousands.
    if (posix_memalign(&bigger, huge_page, size_t(capacity)) != 0) return false;
    madvise(bigger, size_t(capacity), MADV_HUGEPAGE);
    if (bytes_) memcpy(bigger, bytes_, size_t(std::min(capacity_, capacity)));
    free(bytes_);
  }
  bytes_ = static_cast<uint8_t *>(bigger);
  capacity_ = capacity;
  return true;
}

Sink::Sink() : spares_(Spares::shared()) {}

bool Sink::make_room(int64_t capacity) {
  if (capacity < huge_page) return memory_.grow(capacity);
  Memory spare = spares_->take(capacity);
  if (!spare.bytes()) return memory_.grow(capacity);
  if (count_ > 0) memcpy(spare.bytes(), memory_.bytes(), size_t(count_));
  std::swap(memory_, spare);
  return true;
}

::arrow::Status Sink::Write(const void *bytes, int64_t count) {
  int64_t capacity = memory_.capacity();
  if (count_ + count > capacity) {
    int64_t bigger = std::max({count_ + count, capacity * 2, last_ + last_ / 8, first_capacity});
    // In steps, so that the memory of one row group is large enough for the next of about its size.
    if (bigger >= huge_page) bigger = (bigger + huge_page - 1) / huge_page * huge_page;
    if (!make_room(bigger)) return ::arrow::Status::OutOfMemory("file bytes");
  }
  memcpy(memory_.bytes() + count_, bytes, size_t(count));
  count_ += count;
  return ::arrow::Status::OK();
}

::arrow::Status Sink::Close() {
  closed_ = true;
  return ::arrow::Status::OK();
}

varve_bytes Sink::take() {
  // Bytes wait for their upload, and much more memory than they need is not to wait with them.
  if (count_ < memory_.capacity() / 2) {
    Memory fitting;
    if (fitting.grow(std::max<int64_t>(count_, 1))) {
      memcpy(fitting.bytes(), memory_.bytes(), size_t(count_));
      std::swap(memory_, fitting);
      spares_->give(std::move(fitting));
    }
  }
  auto owner = std::make_unique<TakenBytes>(std::exchange(memory_, Memory()), spares_);
  varve_bytes taken{owner->memory.bytes(), count_, owner.get()};
  owner.release();
  taken_ += count_;
  last_ = std::exchange(count_, 0);
  return taken;
}

}  // namespace varve

void varve_bytes_free(varve_bytes bytes) {
  std::unique_ptr<varve::TakenBytes> owner(static_cast<varve::TakenBytes *>(bytes.owner));
  if (owner) owner->spares->give(std::move(owner->memory));
}
