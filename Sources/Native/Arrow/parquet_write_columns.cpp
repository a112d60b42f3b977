// The columns that libparquet's ColumnWriter encodes: numbers and headers.

#include <algorithm>
#include <deque>
#include <vector>

#include "parquet_write.hpp"
#include "text.hpp"

namespace varve {

namespace {

constexpr int64_t step = 1024;  // rows converted at a time

template <typename Writer>
struct OpenColumn {
  explicit OpenColumn(ChunkTarget &target)
      : column(parquet::ColumnWriter::Make(
            target.metadata, std::move(target.pages), target.properties.get())),
        typed(dynamic_cast<Writer *>(column.get())) {
    if (!typed) fail("column writer of an unexpected type");
  }
  std::shared_ptr<parquet::ColumnWriter> column;
  Writer *typed;
};

// Writes the required number `value(batch, row)` of each row and keeps its bounds.
template <typename Writer, typename Value>
int64_t write_required(int leaf, Batches batches, ChunkTarget &target, Value value) {
  OpenColumn<Writer> open(target);
  std::vector<typename Writer::T> values(step);
  int64_t minimum = INT64_MAX;
  int64_t maximum = INT64_MIN;
  for (const varve_columns *batch : batches) {
    for (int64_t start = 0; start < batch->count; start += step) {
      int64_t count = std::min(step, batch->count - start);
      for (int64_t i = 0; i < count; i++) {
        values[i] = value(batch, start + i);
        minimum = std::min<int64_t>(minimum, values[i]);
        maximum = std::max<int64_t>(maximum, values[i]);
      }
      open.typed->WriteBatch(count, nullptr, nullptr, values.data());
    }
  }
  keep_bounds(leaf, minimum, maximum, target.statistics);
  return open.column->Close();
}

// Whether `value(batch, row)` is the same for all rows.
template <typename Value>
bool is_constant(Batches batches, Value value, int32_t *constant) {
  bool first = true;
  for (const varve_columns *batch : batches) {
    if (batch->count == 0) continue;
    if (first) *constant = value(batch, 0);
    first = false;
    int32_t differences = 0;
    for (int64_t row = 0; row < batch->count; row++) differences |= value(batch, row) ^ *constant;
    if (differences != 0) return false;
  }
  return true;
}

bool all_in_limits(Batches batches) {
  for (const varve_columns *batch : batches) {
    bool outside = false;
    for (int64_t row = 0; row < batch->count; row++) {
      outside |= batch->timestamps[row] < first_timestamp;
      outside |= batch->timestamps[row] > last_timestamp;
    }
    if (outside) return false;
  }
  return true;
}

int64_t write_exact_timestamps(Batches batches, ChunkTarget &target) {
  OpenColumn<parquet::Int64Writer> open(target);
  std::vector<int64_t> values(step);
  std::vector<int16_t> levels(step);
  for (const varve_columns *batch : batches) {
    for (int64_t start = 0; start < batch->count; start += step) {
      int64_t count = std::min(step, batch->count - start);
      int64_t present = 0;
      for (int64_t i = 0; i < count; i++) {
        int64_t timestamp = batch->timestamps[start + i];
        levels[i] = limited(timestamp) != timestamp;
        if (levels[i]) values[present++] = timestamp;
      }
      open.typed->WriteBatch(count, levels.data(), nullptr, values.data());
    }
  }
  return open.column->Close();
}

// The levels and values of one header column, for some rows.
class HeaderStep {
 public:
  explicit HeaderStep(int leaf) : leaf_(leaf) {}

  void append_row(const varve_columns *batch, int64_t row) {
    uint32_t start = row == 0 ? 0 : batch->header_ends[row - 1];
    uint32_t end = batch->header_ends[row];
    if (start == end) {
      repetitions_.push_back(0);
      definitions_.push_back(0);
    }
    for (uint32_t header = start; header < end; header++) {
      repetitions_.push_back(header > start);
      append_header(batch, header);
    }
  }

  int64_t level_count() const { return int64_t(repetitions_.size()); }

  void flush(parquet::ByteArrayWriter *writer) {
    writer->WriteBatch(
        level_count(), definitions_.data(), repetitions_.data(), values_.data());
    repetitions_.clear();
    definitions_.clear();
    values_.clear();
    mended_.clear();
  }

 private:
  void append_header(const varve_columns *batch, uint32_t header) {
    const uint8_t *key = batch->headers + batch->header_positions[header];
    int32_t key_length = batch->header_key_lengths[header];
    if (leaf_ == VARVE_LEAF_HEADER_VALUE) {
      append_optional(key + key_length, batch->header_value_lengths[header]);
      return;
    }
    bool readable = is_utf8(key, key_length);
    if (leaf_ == VARVE_LEAF_HEADER_KEY_RAW) {
      append_optional(key, readable ? -1 : key_length);
    } else if (readable) {
      append_required(key, key_length);
    } else {
      const std::string &text = mended_.emplace_back(lossy_utf8(key, key_length));
      append_required(reinterpret_cast<const uint8_t *>(text.data()), int64_t(text.size()));
    }
  }

  void append_required(const uint8_t *bytes, int64_t length) {
    definitions_.push_back(1);
    values_.emplace_back(uint32_t(length), bytes);
  }

  void append_optional(const uint8_t *bytes, int64_t length) {
    definitions_.push_back(length < 0 ? 1 : 2);
    if (length >= 0) values_.emplace_back(uint32_t(length), bytes);
  }

  int leaf_;
  std::vector<int16_t> repetitions_;
  std::vector<int16_t> definitions_;
  std::vector<parquet::ByteArray> values_;
  std::deque<std::string> mended_;
};

}  // namespace

void keep_bounds(int leaf, int64_t minimum, int64_t maximum, varve_file_statistics *statistics) {
  bool first = statistics->record_count == 0;
  int64_t &lowest = statistics->minimums[leaf];
  int64_t &highest = statistics->maximums[leaf];
  lowest = first ? minimum : std::min(lowest, minimum);
  highest = first ? maximum : std::max(highest, maximum);
}

int64_t write_numbers(int leaf, Batches batches, int64_t rows, ChunkTarget target) {
  using Columns = const varve_columns *;
  auto int32s = [&](auto value) {
    int32_t constant;
    return is_constant(batches, value, &constant)
        ? write_constant(leaf, constant, rows, std::move(target))
        : write_required<parquet::Int32Writer>(leaf, batches, target, value);
  };
  switch (leaf) {
    case VARVE_LEAF_PARTITION:
      return int32s([](Columns batch, int64_t) { return batch->partition; });
    case VARVE_LEAF_OFFSET:
      return write_required<parquet::Int64Writer>(
          leaf, batches, target, [](Columns batch, int64_t row) { return batch->offsets[row]; });
    case VARVE_LEAF_TIMESTAMP:
      return write_required<parquet::Int64Writer>(
          leaf, batches, target,
          [](Columns batch, int64_t row) { return limited(batch->timestamps[row]) * 1000; });
    case VARVE_LEAF_TIMESTAMP_TYPE:
      return int32s(
          [](Columns batch, int64_t row) { return int32_t(batch->timestamp_types[row]); });
    case VARVE_LEAF_LEADER_EPOCH:
      return int32s([](Columns batch, int64_t row) { return batch->leader_epochs[row]; });
    default:
      return all_in_limits(batches) ? write_all_null(rows, std::move(target))
                                    : write_exact_timestamps(batches, target);
  }
}

int64_t write_headers(int leaf, Batches batches, ChunkTarget target) {
  OpenColumn<parquet::ByteArrayWriter> open(target);
  HeaderStep pending(leaf);
  for (const varve_columns *batch : batches) {
    for (int64_t row = 0; row < batch->count; row++) {
      pending.append_row(batch, row);
      if (pending.level_count() >= step) pending.flush(open.typed);
    }
  }
  if (pending.level_count() > 0) pending.flush(open.typed);
  return open.column->Close();
}

}  // namespace varve
