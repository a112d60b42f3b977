// Decodes some rows of a row group, given just the pages that hold them, into columnar records.

#include "parquet_read.hpp"

namespace varve {

namespace {

using parquet::Int32Type;
using parquet::Int64Type;

class Decoder {
 public:
  Decoder(
      const varve_column_pages *columns, const varve_row_filter &filter,
      const ReadContext &context, varve_columns *out)
      : columns_(columns), filter_(filter), context_(context), out_(out) {}

  void run() {
    if (filter_.row_count <= 0 || filter_.row_count > INT32_MAX || filter_.first_row < 0) {
      fail("a read of an impossible number of rows");
    }
    choose_rows();
    if (kept_ == 0) return;
    if (varve_columns_reserve(out_, kept_, 0, 0, 0, 0) != 0) throw std::bad_alloc();
    copy_offsets();
    decode_timestamps();
    decode_types_and_epochs();
    decode_headers();
    decode_payload(VARVE_LEAF_KEY);
    decode_payload(VARVE_LEAF_VALUE);
    out_->count += kept_;
  }

 private:
  // How many rows to pass over in a column before row `row` of the read.
  int64_t distance(int64_t column_first_row, int64_t row) const {
    int64_t rows = filter_.first_row + row - column_first_row;
    if (rows < 0) fail("pages begin after the first wanted row");
    return rows;
  }

  // Finds which rows are wanted: those between `first_` and `end_` with a one in `wanted_`.
  void choose_rows() {
    int64_t count = filter_.row_count;
    FlatReader<Int32Type> partition(
        VARVE_LEAF_PARTITION, columns_[VARVE_LEAF_PARTITION], context_);
    FlatReader<Int64Type> offset(VARVE_LEAF_OFFSET, columns_[VARVE_LEAF_OFFSET], context_);
    partition.skip(distance(columns_[VARVE_LEAF_PARTITION].first_row, 0));
    offset.skip(distance(columns_[VARVE_LEAF_OFFSET].first_row, 0));
    std::vector<int32_t> partitions(read_step);
    // Grown step by step: the row count is only the plan's word for it.
    int64_t last = out_->count > 0 ? out_->offsets[out_->count - 1] : INT64_MIN;
    for (int64_t done = 0; done < count;) {
      int64_t some = std::min(read_step, count - done);
      offsets_.resize(size_t(done + some));
      wanted_.resize(size_t(done + some));
      partition.read_required(some, partitions.data());
      offset.read_required(some, offsets_.data() + done);
      for (int64_t i = 0; i < some; i++) {
        int64_t at = offsets_[done + i];
        bool want = partitions[i] == filter_.partition && at >= filter_.first_offset &&
            at < filter_.end_offset;
        wanted_[done + i] = want;
        if (!want) continue;
        if (at <= last && (kept_ > 0 || out_->count > 0)) fail("offsets do not ascend");
        last = at;
        if (kept_ == 0) first_ = done + i;
        end_ = done + i + 1;
        kept_ += 1;
      }
      done += some;
    }
  }

  void copy_offsets() {
    int64_t *to = out_->offsets + out_->count;
    for (int64_t row = first_; row < end_; row++) {
      if (wanted_[row]) *to++ = offsets_[row];
    }
    offsets_ = {};
  }

  // Reads a required number of each row from `first_` to `end_` and keeps the wanted ones.
  template <typename Reader, typename Value, typename To>
  void decode_numbers(Reader &&read, std::vector<Value> &values, To *to) {
    for (int64_t row = first_; row < end_;) {
      int64_t some = std::min(read_step, end_ - row);
      read(some, values.data());
      for (int64_t i = 0; i < some; i++) {
        if (wanted_[row + i]) *to++ = To(values[i]);
      }
      row += some;
    }
  }

  void decode_timestamps() {
    TimestampReader reader(columns_, context_);
    reader.skip(distance(reader.first_row(), first_));
    std::vector<int64_t> values(read_step);
    decode_numbers(
        [&](int64_t count, int64_t *into) { reader.read(count, into); }, values,
        out_->timestamps + out_->count);
  }

  template <typename To>
  void decode_small(int leaf, To *to) {
    if (!columns_[leaf].pages) {
      std::fill(to, to + kept_, To(0));
      return;
    }
    FlatReader<Int32Type> reader(leaf, columns_[leaf], context_);
    reader.skip(distance(columns_[leaf].first_row, first_));
    std::vector<int32_t> values(read_step);
    decode_numbers(
        [&](int64_t count, int32_t *into) { reader.read_required(count, into); }, values, to);
  }

  void decode_types_and_epochs() {
    decode_small(VARVE_LEAF_TIMESTAMP_TYPE, out_->timestamp_types + out_->count);
    decode_small(VARVE_LEAF_LEADER_EPOCH, out_->leader_epochs + out_->count);
  }

  void decode_headers() {
    uint32_t *ends = out_->header_ends + out_->count;
    if (!columns_[VARVE_LEAF_HEADER_KEY].pages) {
      std::fill(ends, ends + kept_, uint32_t(out_->header_count));
      return;
    }
    HeadersReader reader(columns_, context_);
    reader.skip(distance(reader.first_row(), first_));
    for (int64_t row = first_; row < end_; row++) {
      for (int64_t empty = reader.pass_empty_rows(end_ - row); empty > 0; empty--, row++) {
        if (wanted_[row]) *ends++ = uint32_t(out_->header_count);
      }
      if (row == end_) break;
      bool want = wanted_[row];
      reader.read_row([&](const Header &header) {
        if (want) append_header(header);
      });
      if (want) *ends++ = uint32_t(out_->header_count);
    }
  }

  void append_header(const Header &header) {
    int64_t value_length = std::max(header.value_length, 0);
    int64_t bytes = header.key_length + value_length;
    if (varve_columns_reserve(out_, 0, 0, 0, 1, bytes) != 0) throw std::bad_alloc();
    uint8_t *to = out_->headers + out_->header_byte_count;
    if (header.key_length > 0) memcpy(to, header.key, size_t(header.key_length));
    if (value_length > 0) memcpy(to + header.key_length, header.value, size_t(value_length));
    out_->header_positions[out_->header_count] = uint32_t(out_->header_byte_count);
    out_->header_key_lengths[out_->header_count] = header.key_length;
    out_->header_value_lengths[out_->header_count] = header.value_length;
    out_->header_count += 1;
    out_->header_byte_count += bytes;
  }

  void decode_payload(int leaf) {
    bool is_key = leaf == VARVE_LEAF_KEY;
    uint32_t *positions = (is_key ? out_->key_positions : out_->value_positions) + out_->count;
    if (!columns_[leaf].pages) {
      std::fill(positions, positions + kept_, VARVE_NULL_POSITION);
      return;
    }
    FlatReader<parquet::ByteArrayType> reader(leaf, columns_[leaf], context_);
    reader.skip(distance(columns_[leaf].first_row, first_));
    std::vector<int16_t> levels(read_step);
    std::vector<parquet::ByteArray> values(read_step);
    for (int64_t row = first_; row < end_;) {
      int64_t present = 0;
      int64_t some = reader.read(
          std::min(read_step, end_ - row), levels.data(), values.data(), &present);
      positions = append_payload(
          is_key, row, levels.data(), some, values.data(), present, positions);
      row += some;
    }
  }

  uint32_t *append_payload(
      bool is_key, int64_t row, const int16_t *levels, int64_t count,
      const parquet::ByteArray *values, int64_t present, uint32_t *positions) {
    int64_t bytes = 0;
    for (int64_t i = 0; i < present; i++) bytes += 4 + int64_t(values[i].len);
    if (varve_columns_reserve(out_, 0, is_key ? bytes : 0, is_key ? 0 : bytes, 0, 0) != 0) {
      throw std::bad_alloc();
    }
    uint8_t *arena = is_key ? out_->keys : out_->values;
    int64_t &used_bytes = is_key ? out_->key_byte_count : out_->value_byte_count;
    int64_t used = 0;
    for (int64_t i = 0; i < count; i++) {
      const parquet::ByteArray *value = nullptr;
      if (levels[i] != 0) {
        if (used == present) fail("a page has too few values");
        value = &values[used++];
      }
      if (!wanted_[row + i]) continue;
      if (!value) {
        *positions++ = VARVE_NULL_POSITION;
        continue;
      }
      memcpy(arena + used_bytes, &value->len, 4);
      if (value->len > 0) memcpy(arena + used_bytes + 4, value->ptr, value->len);
      *positions++ = uint32_t(used_bytes + 4);
      used_bytes += 4 + int64_t(value->len);
    }
    return positions;
  }

  const varve_column_pages *columns_;
  const varve_row_filter &filter_;
  const ReadContext &context_;
  varve_columns *out_;
  std::vector<int64_t> offsets_;
  std::vector<uint8_t> wanted_;
  int64_t first_ = 0;
  int64_t end_ = 0;
  int64_t kept_ = 0;
};

}  // namespace

}  // namespace varve

int varve_parquet_decode(
    const varve_column_pages *columns, const varve_row_filter *filter, int64_t memory_limit,
    int32_t check_checksums, varve_columns *out, char **error) {
  int64_t key_bytes = out->key_byte_count;
  int64_t value_bytes = out->value_byte_count;
  int64_t header_bytes = out->header_byte_count;
  int64_t headers = out->header_count;
  int failed = varve::guarded(error, [&] {
    // A pool of this read's own, so that a page cannot announce any size it likes.
    ::arrow::ProxyMemoryPool own(::arrow::default_memory_pool());
    ::arrow::CappedMemoryPool pool(&own, memory_limit);
    varve::ReadContext context{&pool, check_checksums != 0};
    varve::Decoder(columns, *filter, context, out).run();
  });
  if (failed) {
    out->key_byte_count = key_bytes;
    out->value_byte_count = value_bytes;
    out->header_byte_count = header_bytes;
    out->header_count = headers;
  }
  return failed;
}
