// Compares an encoded row group with the records it was made from, before it is uploaded.

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

// Compares keys or values page by page: the decoded levels with the records' nulls, and the rest of
// a page, which is in PLAIN form as the arenas are, with a slice of the arena.
class PayloadComparison {
 public:
  PayloadComparison(int leaf, Batches batches)
      : is_key_(leaf == VARVE_LEAF_KEY), what_(is_key_ ? "key" : "value"), rows_(batches) {}

  void compare(parquet::PageReader &pages) {
    while (auto page = pages.NextPage()) compare(*page);
    if (!rows_.done()) fail("the row group read back has too few rows");
  }

 private:
  void compare(const parquet::Page &any) {
    if (any.type() != parquet::PageType::DATA_PAGE) fail("a page of an unexpected type");
    const auto &page = static_cast<const parquet::DataPageV1 &>(any);
    if (page.encoding() != parquet::Encoding::PLAIN ||
        page.definition_level_encoding() != parquet::Encoding::RLE) {
      fail("a page of an unexpected encoding");
    }
    levels_.resize(size_t(page.num_values()));
    int used = decoder_.SetData(
        parquet::Encoding::RLE, 1, page.num_values(), page.data(), page.size());
    if (decoder_.Decode(page.num_values(), levels_.data()) != page.num_values()) {
      fail("a page has too few levels");
    }
    at_ = page.data() + used;
    end_ = page.data() + page.size();
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
  PayloadComparison(leaf, batches).compare(*open_pages(leaf, columns[leaf], context));
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
    int32_t codec, const varve_columns *const *batches, int64_t batch_count, char **error) {
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
      columns[leaf].codec = codec;
    }
    varve::verify(columns, varve::Batches(batches, size_t(batch_count)));
  });
}
