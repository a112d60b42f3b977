// Compares an encoded row group with the records it was made from, before it is uploaded.

#include <zstd.h>

#include <cstdio>
#include <span>

#include "parquet_read.hpp"

namespace varve {

namespace {

using Batches = std::span<const varve_columns *const>;

[[noreturn]] void differ(const char *what, int64_t row) {
  fail("the row group read back differs: " + std::string(what) + " at or after row " +
       std::to_string(row));
}

// Walks all rows of all batches in order.
class Rows {
 public:
  explicit Rows(Batches batches) : batches_(batches) { settle(); }

  const varve_columns *batch() const { return batches_[at_]; }
  int64_t row() const { return row_; }
  int64_t number() const { return number_; }
  bool done() const { return at_ == batches_.size(); }
  // Rows left in the current batch.
  int64_t run() const { return batch()->count - row_; }
  void advance(int64_t count) {
    row_ += count;
    number_ += count;
    settle();
  }

 private:
  void settle() {
    while (at_ < batches_.size() && row_ == batches_[at_]->count) {
      at_ += 1;
      row_ = 0;
    }
  }

  Batches batches_;
  size_t at_ = 0;
  int64_t row_ = 0;
  int64_t number_ = 0;
};

template <typename DType, typename Expected>
void compare_required(
    int leaf, const varve_column_pages *columns, const ReadContext &context, Batches batches,
    const char *what, Expected expected) {
  FlatReader<DType> reader(leaf, columns[leaf], context);
  std::vector<typename DType::c_type> values(read_step);
  for (Rows rows(batches); !rows.done();) {
    int64_t count = std::min(read_step, rows.run());
    reader.read_required(count, values.data());
    for (int64_t i = 0; i < count; i++) {
      if (values[i] != expected(rows.batch(), rows.row() + i)) differ(what, rows.number() + i);
    }
    rows.advance(count);
  }
  if (!reader.at_end()) fail("the row group read back has too many rows");
}

void compare_timestamps(
    const varve_column_pages *columns, const ReadContext &context, Batches batches) {
  TimestampReader reader(columns, context);
  std::vector<int64_t> values(read_step);
  for (Rows rows(batches); !rows.done();) {
    int64_t count = std::min(read_step, rows.run());
    reader.read(count, values.data());
    for (int64_t i = 0; i < count; i++) {
      if (values[i] != rows.batch()->timestamps[rows.row() + i]) {
        differ("timestamp", rows.number() + i);
      }
    }
    rows.advance(count);
  }
  if (!reader.at_end()) fail("the row group read back has too many rows");
}

void compare_headers(
    const varve_column_pages *columns, const ReadContext &context, Batches batches) {
  HeadersReader reader(columns, context);
  for (Rows rows(batches); !rows.done(); rows.advance(1)) {
    const varve_columns *batch = rows.batch();
    uint32_t next = rows.row() == 0 ? 0 : batch->header_ends[rows.row() - 1];
    if (int64_t empty = reader.pass_empty_rows(rows.run())) {
      if (batch->header_ends[rows.row() + empty - 1] != next) {
        differ("number of headers", rows.number());
      }
      rows.advance(empty - 1);
      continue;
    }
    uint32_t end = batch->header_ends[rows.row()];
    reader.read_row([&](const Header &read) {
      if (next == end) differ("number of headers", rows.number());
      const uint8_t *key = batch->headers + batch->header_positions[next];
      int32_t key_length = batch->header_key_lengths[next];
      int32_t value_length = batch->header_value_lengths[next];
      if (read.key_length != key_length || memcmp(read.key, key, size_t(key_length)) != 0 ||
          read.value_length != value_length ||
          (value_length > 0 &&
           memcmp(read.value, key + key_length, size_t(value_length)) != 0)) {
        differ("header", rows.number());
      }
      next += 1;
    });
    if (next != end) differ("number of headers", rows.number());
  }
  if (!reader.at_end()) fail("the row group read back has too many rows");
}

// The data pages of a column as they were before compression. libparquet makes zstd a context for
// each page, and its wheel's zstd is a seventh slower in decompression than the system's: so pages
// of zstd are taken as they lie in the file and decompressed here, all with one context.
class PlainPages {
 public:
  PlainPages(int leaf, varve_column_pages column, const ReadContext &context) {
    if (column.codec == VARVE_PARQUET_ZSTD) {
      zstd_.reset(ZSTD_createDCtx());
      if (!zstd_) throw std::bad_alloc();
      column.codec = VARVE_PARQUET_UNCOMPRESSED;
    }
    pages_ = open_pages(leaf, column, context);
  }

  // Calls `each(page, bytes, byte count)` for every page.
  template <typename Each>
  void for_each(Each each) {
    while (auto any = pages_->NextPage()) {
      if (any->type() != parquet::PageType::DATA_PAGE) fail("a page of an unexpected type");
      const auto &page = static_cast<const parquet::DataPageV1 &>(*any);
      if (zstd_) {
        decompress(page);
        each(page, bytes_.data(), page.uncompressed_size());
      } else {
        each(page, page.data(), int64_t(page.size()));
      }
    }
  }

 private:
  void decompress(const parquet::DataPageV1 &page) {
    auto count = size_t(page.uncompressed_size());
    if (bytes_.size() < count) bytes_.resize(count);
    size_t written = ZSTD_decompressDCtx(
        zstd_.get(), bytes_.data(), count, page.data(), size_t(page.size()));
    if (ZSTD_isError(written) || written != count) {
      fail("a page read back does not decompress to its size");
    }
  }

  struct FreeContext {
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
  };

  std::unique_ptr<parquet::PageReader> pages_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> zstd_;
  std::vector<uint8_t> bytes_;
};

// Compares keys or values page by page: the decoded levels with the records' nulls, and the rest of
// a page, which is in PLAIN form as the arenas are, with a slice of the arena.
class PayloadComparison {
 public:
  PayloadComparison(int leaf, Batches batches)
      : is_key_(leaf == VARVE_LEAF_KEY), what_(is_key_ ? "key" : "value"), rows_(batches) {}

  void compare(PlainPages pages) {
    pages.for_each([&](const parquet::DataPageV1 &page, const uint8_t *bytes, int64_t count) {
      compare(page, bytes, count);
    });
    if (!rows_.done()) fail("the row group read back has too few rows");
  }

 private:
  void compare(const parquet::DataPageV1 &page, const uint8_t *bytes, int64_t count) {
    if (page.encoding() != parquet::Encoding::PLAIN ||
        page.definition_level_encoding() != parquet::Encoding::RLE) {
      fail("a page of an unexpected encoding");
    }
    levels_.resize(size_t(page.num_values()));
    int used = decoder_.SetData(
        parquet::Encoding::RLE, 1, page.num_values(), bytes, int32_t(count));
    if (decoder_.Decode(page.num_values(), levels_.data()) != page.num_values()) {
      fail("a page has too few levels");
    }
    at_ = bytes + used;
    end_ = bytes + count;
    for (int64_t row = 0; row < page.num_values();) {
      if (rows_.done()) fail("the row group read back has too many rows");
      int64_t count = std::min<int64_t>(page.num_values() - row, rows_.run());
      compare_run(levels_.data() + row, count);
      rows_.advance(count);
      row += count;
    }
    if (at_ != end_) fail("a page has bytes left over");
  }

  // Rows of one page and of one batch: their values follow each other in the arena.
  void compare_run(const int16_t *levels, int64_t count) {
    const varve_columns *batch = rows_.batch();
    const uint8_t *arena = is_key_ ? batch->keys : batch->values;
    const uint32_t *positions =
        (is_key_ ? batch->key_positions : batch->value_positions) + rows_.row();
    int64_t first = -1, end = -1;
    for (int64_t i = 0; i < count; i++) {
      bool null = positions[i] == VARVE_NULL_POSITION;
      if ((levels[i] == 0) != null) differ(what_, rows_.number() + i);
      if (null) continue;
      int64_t start = int64_t(positions[i]) - 4;
      if (first < 0) first = end = start;
      if (start != end) fail("records do not lie in a row");
      uint32_t length;
      memcpy(&length, arena + start, sizeof length);
      end = start + 4 + int64_t(length);
    }
    if (first < 0) return;
    if (end - first > end_ - at_ || memcmp(at_, arena + first, size_t(end - first)) != 0) {
      differ(what_, rows_.number());
    }
    at_ += end - first;
  }

  bool is_key_;
  const char *what_;
  Rows rows_;
  parquet::LevelDecoder decoder_;
  std::vector<int16_t> levels_;
  const uint8_t *at_ = nullptr;
  const uint8_t *end_ = nullptr;
};

void compare_payload(
    int leaf, const varve_column_pages *columns, const ReadContext &context, Batches batches) {
  PayloadComparison(leaf, batches).compare(PlainPages(leaf, columns[leaf], context));
}

void verify(const varve_column_pages *columns, Batches batches) {
  using Columns = const varve_columns *;
  using parquet::Int32Type;
  using parquet::Int64Type;
  ReadContext context{::arrow::default_memory_pool(), true};
  compare_required<Int32Type>(
      VARVE_LEAF_PARTITION, columns, context, batches, "partition",
      [](Columns batch, int64_t) { return batch->partition; });
  compare_required<Int64Type>(
      VARVE_LEAF_OFFSET, columns, context, batches, "offset",
      [](Columns batch, int64_t row) { return batch->offsets[row]; });
  compare_timestamps(columns, context, batches);
  compare_required<Int32Type>(
      VARVE_LEAF_TIMESTAMP_TYPE, columns, context, batches, "timestamp type",
      [](Columns batch, int64_t row) { return int32_t(batch->timestamp_types[row]); });
  compare_required<Int32Type>(
      VARVE_LEAF_LEADER_EPOCH, columns, context, batches, "leader epoch",
      [](Columns batch, int64_t row) { return batch->leader_epochs[row]; });
  compare_headers(columns, context, batches);
  compare_payload(VARVE_LEAF_KEY, columns, context, batches);
  compare_payload(VARVE_LEAF_VALUE, columns, context, batches);
}

}  // namespace

}  // namespace varve

int varve_parquet_verify(
    const uint8_t *bytes, int64_t count, int64_t position, const varve_chunk *chunks,
    const varve_columns *const *batches, int64_t batch_count, char **error) {
  return varve::guarded(error, [&] {
    varve_column_pages columns[VARVE_LEAVES] = {};
    for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
      const varve_chunk &chunk = chunks[leaf];
      if (chunk.position < position || chunk.byte_count < 0 ||
          chunk.position - position > count - chunk.byte_count) {
        varve::fail("a column lies outside the row group's bytes");
      }
      columns[leaf].pages = bytes + (chunk.position - position);
      columns[leaf].page_byte_count = chunk.byte_count;
      columns[leaf].codec = chunk.codec;
    }
    varve::verify(columns, varve::Batches(batches, size_t(batch_count)));
  });
}
