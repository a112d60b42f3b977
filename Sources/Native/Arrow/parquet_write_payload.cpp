// Keys and values: pages cut straight from the arenas, which hold Parquet's PLAIN form already.

#include <algorithm>
#include <vector>

#include "arrow/buffer.h"
#include "parquet/column_page.h"
#include "parquet/size_statistics.h"
#include "parquet/statistics.h"
#include "parquet_write.hpp"

namespace varve {

namespace {

constexpr int64_t most_rows_per_page = 20000;
constexpr int64_t length_bytes = 4;

class PayloadWriter {
 public:
  PayloadWriter(int leaf, ChunkTarget target)
      : is_key_(leaf == VARVE_LEAF_KEY),
        target_(std::move(target)),
        compressed_(::arrow::AllocateResizableBuffer(0).ValueOrDie()) {}

  void append(const varve_columns *batch) {
    const uint8_t *arena = is_key_ ? batch->keys : batch->values;
    const uint32_t *positions = is_key_ ? batch->key_positions : batch->value_positions;
    for (int64_t row = 0; row < batch->count; row++) {
      uint32_t position = positions[row];
      if (position == VARVE_NULL_POSITION) {
        if (int64_t(levels_.size()) >= most_rows_per_page) flush();
        levels_.push_back(0);
        continue;
      }
      uint32_t length;
      memcpy(&length, arena + position - length_bytes, sizeof length);
      int64_t needed = length_bytes + int64_t(length);
      bool full = plain_bytes_ + needed > target_.page_bytes && present_ > 0;
      if (full || int64_t(levels_.size()) >= most_rows_per_page) flush();
      add_slice(arena + position - length_bytes, needed);
      levels_.push_back(1);
    }
  }

  int64_t close() {
    if (!levels_.empty()) flush();
    parquet::EncodedStatistics statistics;
    statistics.set_null_count(nulls_);
    target_.metadata->SetStatistics(statistics);
    parquet::SizeStatistics sizes;
    sizes.unencoded_byte_array_data_bytes = payload_bytes_;
    sizes.definition_level_histogram = {nulls_, rows_ - nulls_};
    target_.metadata->SetSizeStatistics(sizes);
    target_.pages->Close(false, false);
    (is_key_ ? target_.statistics->key_null_count : target_.statistics->value_null_count) +=
        nulls_;
    return written_;
  }

 private:
  struct Slice {
    const uint8_t *bytes;
    int64_t count;
  };

  void add_slice(const uint8_t *bytes, int64_t count) {
    if (!slices_.empty() && slices_.back().bytes + slices_.back().count == bytes) {
      slices_.back().count += count;
    } else {
      slices_.push_back(Slice{bytes, count});
    }
    plain_bytes_ += count;
    present_ += 1;
  }

  // A V1 page: length and RLE of the definition levels, then the values.
  void build_body() {
    int rows = int(levels_.size());
    int64_t room = parquet::LevelEncoder::MaxBufferSize(parquet::Encoding::RLE, 1, rows);
    if (4 + room + plain_bytes_ > INT32_MAX) fail("a record is too large for a page");
    if (int64_t(body_.size()) < 4 + room + plain_bytes_) {
      body_.resize(size_t(4 + room + plain_bytes_));
    }
    parquet::LevelEncoder encoder;
    encoder.Init(parquet::Encoding::RLE, 1, rows, body_.data() + 4, int(room));
    if (encoder.Encode(rows, levels_.data()) != rows) fail("levels do not fit");
    int32_t length = encoder.len();
    memcpy(body_.data(), &length, sizeof length);
    body_count_ = 4 + length;
    for (const Slice &slice : slices_) {
      memcpy(body_.data() + body_count_, slice.bytes, size_t(slice.count));
      body_count_ += slice.count;
    }
  }

  void flush() {
    build_body();
    auto body = std::make_shared<::arrow::Buffer>(body_.data(), body_count_);
    std::shared_ptr<::arrow::Buffer> stored = body;
    if (target_.pages->has_compressor()) {
      target_.pages->Compress(*body, compressed_.get());
      stored = compressed_;
    }
    parquet::SizeStatistics sizes;
    sizes.unencoded_byte_array_data_bytes = plain_bytes_ - length_bytes * present_;
    int64_t rows = int64_t(levels_.size());
    parquet::DataPageV1 page(
        stored, int32_t(rows), parquet::Encoding::PLAIN, parquet::Encoding::RLE,
        parquet::Encoding::RLE, body_count_, parquet::EncodedStatistics(), rows_, sizes);
    written_ += target_.pages->WriteDataPage(page);
    rows_ += rows;
    nulls_ += rows - present_;
    payload_bytes_ += plain_bytes_ - length_bytes * present_;
    levels_.clear();
    slices_.clear();
    plain_bytes_ = present_ = 0;
  }

  bool is_key_;
  ChunkTarget target_;
  std::shared_ptr<::arrow::ResizableBuffer> compressed_;
  std::vector<uint8_t> body_;
  int64_t body_count_ = 0;
  // The page in the making.
  std::vector<int16_t> levels_;
  std::vector<Slice> slices_;
  int64_t plain_bytes_ = 0;
  int64_t present_ = 0;
  // The whole column.
  int64_t rows_ = 0;
  int64_t nulls_ = 0;
  int64_t payload_bytes_ = 0;
  int64_t written_ = 0;
};

}  // namespace

int64_t write_payload(int leaf, Batches batches, ChunkTarget target) {
  PayloadWriter writer(leaf, std::move(target));
  for (const varve_columns *batch : batches) writer.append(batch);
  return writer.close();
}

}  // namespace varve
