// Compares an encoded row group with the records it was made from, before it is uploaded.

#include <cstdio>
#include <span>

#include "parquet_read.hpp"

namespace varve {

namespace {

using Batches = std::span<const varve_columns *const>;

[[noreturn]] void differ(const char *what, int64_t row) {
  fail("the row group read back differs: " + std::string(what) + " of row " +
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

void compare_payload(
    int leaf, const varve_column_pages *columns, const ReadContext &context, Batches batches) {
  const char *what = leaf == VARVE_LEAF_KEY ? "key" : "value";
  FlatReader<parquet::ByteArrayType> reader(leaf, columns[leaf], context);
  std::vector<int16_t> levels(read_step);
  std::vector<parquet::ByteArray> values(read_step);
  for (Rows rows(batches); !rows.done();) {
    const varve_columns *batch = rows.batch();
    const uint8_t *arena = leaf == VARVE_LEAF_KEY ? batch->keys : batch->values;
    const uint32_t *positions =
        leaf == VARVE_LEAF_KEY ? batch->key_positions : batch->value_positions;
    int64_t present = 0, used = 0;
    int64_t count = reader.read(
        std::min(read_step, rows.run()), levels.data(), values.data(), &present);
    for (int64_t i = 0; i < count; i++) {
      uint32_t position = positions[rows.row() + i];
      if ((levels[i] == 0) != (position == VARVE_NULL_POSITION)) differ(what, rows.number() + i);
      if (levels[i] == 0) continue;
      uint32_t length;
      memcpy(&length, arena + position - 4, sizeof length);
      if (used == present || values[used].len != length ||
          memcmp(values[used].ptr, arena + position, length) != 0) {
        differ(what, rows.number() + i);
      }
      used += 1;
    }
    rows.advance(count);
  }
  if (!reader.at_end()) fail("the row group read back has too many rows");
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
