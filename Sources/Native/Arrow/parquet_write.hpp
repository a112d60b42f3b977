// What the writer's files share. Private to this target.
#pragma once

#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "arrow/io/interfaces.h"
#include "parquet/column_writer.h"
#include "parquet/file_writer.h"
#include "parquet/page_index.h"
#include "parquet/properties.h"
#include "parquet_schema.hpp"

namespace varve {

using Batches = std::span<const varve_columns *const>;

constexpr int64_t most_rows_per_page = 20000;

class Spares;

// Memory that has one owner.
class Memory {
 public:
  Memory() = default;
  Memory(Memory &&other) noexcept { swap(other); }
  Memory &operator=(Memory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Memory() { free(bytes_); }

  uint8_t *bytes() const { return bytes_; }
  int64_t capacity() const { return capacity_; }
  // Keeps the bytes; false, and unchanged, when there is no memory.
  bool grow(int64_t capacity);

 private:
  void swap(Memory &other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
  }

  uint8_t *bytes_ = nullptr;
  int64_t capacity_ = 0;
};

// Collects the file's bytes until they are taken; positions count from the file's start.
class Sink final : public ::arrow::io::OutputStream {
 public:
  Sink();
  ::arrow::Status Write(const void *bytes, int64_t count) override;
  ::arrow::Result<int64_t> Tell() const override { return position(); }
  ::arrow::Status Close() override;
  bool closed() const override { return closed_; }

  int64_t position() const { return taken_ + count_; }
  varve_bytes take();

 private:
  bool make_room(int64_t capacity);

  std::shared_ptr<Spares> spares_;
  Memory memory_;
  int64_t count_ = 0;
  int64_t taken_ = 0;
  int64_t last_ = 0;  // how much was taken last: the next row group needs about as much
  bool closed_ = false;
};

// One column chunk in the making.
struct ChunkTarget {
  parquet::ColumnChunkMetaDataBuilder *metadata;
  std::unique_ptr<parquet::PageWriter> pages;
  std::shared_ptr<parquet::WriterProperties> properties;
  varve_file_statistics *statistics;
  int64_t page_bytes;
};

// Widens the file's bounds of a column of numbers.
void keep_bounds(int leaf, int64_t minimum, int64_t maximum, varve_file_statistics *statistics);

// Equal levels of `count` values of a V1 page: their byte count, then one run.
std::string level_run(int64_t count, char level);

// Each writes one column of all rows and returns its uncompressed byte count.
int64_t write_constant(int leaf, int32_t value, int64_t rows, ChunkTarget target);
int64_t write_all_null(int64_t rows, ChunkTarget target);
int64_t write_no_headers(int64_t rows, ChunkTarget target);
int64_t write_numbers(int leaf, Batches batches, int64_t rows, ChunkTarget target);
int64_t write_headers(int leaf, Batches batches, ChunkTarget target);
int64_t write_payload(int leaf, Batches batches, ChunkTarget target);

}  // namespace varve
