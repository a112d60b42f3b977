// Decodes the columns of one row group from buffers of consecutive pages. Private to this target.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "arrow/io/memory.h"
#include "arrow/memory_pool.h"
#include "arrow/util/config.h"
#include "parquet/column_page.h"
#include "parquet/column_reader.h"
#include "parquet_schema.hpp"

namespace varve {

constexpr int64_t read_step = 1024;  // values decoded at a time

// Hands out the pages of several readers in turn: the dictionary page, then the wanted pages.
class ChainedPages final : public parquet::PageReader {
 public:
  explicit ChainedPages(std::vector<std::unique_ptr<parquet::PageReader>> readers)
      : readers_(std::move(readers)) {}

  std::shared_ptr<parquet::Page> NextPage() override {
    while (at_ < readers_.size()) {
      if (auto page = readers_[at_]->NextPage()) return page;
      at_ += 1;
    }
    return nullptr;
  }

  void set_max_page_header_size(uint32_t size) override {
    for (auto &reader : readers_) reader->set_max_page_header_size(size);
  }

 private:
  std::vector<std::unique_ptr<parquet::PageReader>> readers_;
  size_t at_ = 0;
};

// What opening a column needs besides its pages. The pool is charged for decompressed pages.
struct ReadContext {
  ::arrow::MemoryPool *pool;
  bool check_checksums;
};

std::unique_ptr<parquet::PageReader> open_pages(
    int leaf, const varve_column_pages &pages, const ReadContext &context);

// A column without repetition, read front to back.
template <typename DType>
class FlatReader {
 public:
  using T = typename DType::c_type;

  FlatReader(int leaf, const varve_column_pages &pages, const ReadContext &context)
      : column_(parquet::ColumnReader::Make(
            raw_schema().Column(leaf), open_pages(leaf, pages, context), context.pool)),
        typed_(static_cast<parquet::TypedColumnReader<DType> *>(column_.get())) {}

  void skip(int64_t count) {
    while (count > 0) {
      int64_t skipped = typed_->HasNext() ? typed_->Skip(count) : 0;
      if (skipped <= 0) fail("a column ends too early");
      count -= skipped;
    }
  }

  // Decodes up to `count` values, at least one. `levels` says of each whether it is there; values
  // that are not are not in `values`. Bytes stay valid until the next call.
  int64_t read(int64_t count, int16_t *levels, T *values, int64_t *present) {
    int64_t levels_read =
        typed_->HasNext() ? typed_->ReadBatch(count, levels, nullptr, values, present) : 0;
    if (levels_read <= 0 || levels_read > count) fail("a column ends too early");
    if (*present < 0 || *present > levels_read) fail("a page has too many values");
    return levels_read;
  }

  // Decodes exactly `count` required values.
  void read_required(int64_t count, T *values) {
    while (count > 0) {
      int64_t present = 0;
      int64_t some = read(count, nullptr, values, &present);
      if (present != some) fail("a page has too few values");
      values += some;
      count -= some;
    }
  }

  bool at_end() { return !typed_->HasNext(); }

 private:
  std::shared_ptr<parquet::ColumnReader> column_;
  parquet::TypedColumnReader<DType> *typed_;
};

// Steps through one header column, level by level.
class HeaderReader {
 public:
  HeaderReader(int leaf, const varve_column_pages &pages, const ReadContext &context);

  // The next level, if there is one; it stays current until `advance`.
  bool has_level() { return at_ < count_ || refill(); }
  int16_t repetition() const { return repetitions_[at_]; }
  int16_t definition() const { return definitions_[at_]; }
  bool has_value() const { return definitions_[at_] == maximum_; }
  const parquet::ByteArray &value() const { return values_[value_at_]; }
  void advance() {
    if (has_value()) value_at_ += 1;
    at_ += 1;
  }

  // How many of the next levels at hand, at most `most`, are rows without headers.
  int64_t empty_rows(int64_t most) {
    if (!has_level()) return 0;
    int64_t end = std::min(count_, at_ + most);
    int64_t at = at_;
    while (at < end && (definitions_[at] | repetitions_[at]) == 0) at++;
    return at - at_;
  }
  void pass_empty_rows(int64_t count) { at_ += count; }

 private:
  bool refill();

  int16_t maximum_;
  std::shared_ptr<parquet::ColumnReader> column_;
  parquet::ByteArrayReader *typed_;
  std::vector<int16_t> definitions_;
  std::vector<int16_t> repetitions_;
  std::vector<parquet::ByteArray> values_;
  int64_t at_ = 0;
  int64_t count_ = 0;
  int64_t value_at_ = 0;
  int64_t value_count_ = 0;
};

// A header as it lies in the three columns.
struct Header {
  const uint8_t *key;
  int32_t key_length;
  const uint8_t *value;
  int32_t value_length;  // -1: no value
};

// The three header columns in step.
class HeadersReader {
 public:
  HeadersReader(const varve_column_pages *columns, const ReadContext &context);

  // The first row, in its row group, that all three columns have.
  int64_t first_row() const { return first_row_; }

  // Passes over `count` rows.
  void skip(int64_t count);

  // Passes over rows without headers, at most `most`; answers how many.
  int64_t pass_empty_rows(int64_t most) {
    most = key_.empty_rows(most);
    if (most > 0) most = value_.empty_rows(most);
    if (most > 0) most = raw_.empty_rows(most);
    key_.pass_empty_rows(most);
    value_.pass_empty_rows(most);
    raw_.pass_empty_rows(most);
    return most;
  }

  // Calls `each(header)` for every header of the next row.
  template <typename Each>
  void read_row(Each each) {
    check_row_start();
    if (key_.definition() == 0) {
      advance();
      return;
    }
    do {
      each(header());
      advance();
    } while (key_.has_level() && key_.repetition() == 1);
  }

  bool at_end() { return !key_.has_level() && !value_.has_level() && !raw_.has_level(); }

 private:
  void check_row_start();
  Header header();
  void advance() {
    key_.advance();
    value_.advance();
    raw_.advance();
  }

  HeaderReader key_;
  HeaderReader value_;
  HeaderReader raw_;
  int64_t first_row_;
};

// kafka_timestamp and kafka_timestamp_ms together: exact milliseconds.
class TimestampReader {
 public:
  TimestampReader(const varve_column_pages *columns, const ReadContext &context);
  // The first row, in its row group, that both columns have.
  int64_t first_row() const { return first_row_; }
  void skip(int64_t count);
  void read(int64_t count, int64_t *milliseconds);
  bool at_end() { return limited_.at_end() && (!exact_ || exact_->at_end()); }

 private:
  FlatReader<parquet::Int64Type> limited_;
  std::unique_ptr<FlatReader<parquet::Int64Type>> exact_;
  std::vector<int16_t> levels_;
  std::vector<int64_t> values_;
  int64_t first_row_;
};

}  // namespace varve
