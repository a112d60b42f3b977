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

constexpr int64_t length_bytes = 4;
// Of the definition levels of a page without nulls: a length, a varint, a value.
constexpr int64_t most_bytes_of_a_run = 16;

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
        if (is_full_with_null() || page_rows_ >= most_rows_per_page) flush();
        add_null();
        continue;
      }
      uint32_t length;
      memcpy(&length, arena + position - length_bytes, sizeof length);
      int64_t needed = length_bytes + int64_t(length);
      if (is_full(needed) || page_rows_ >= most_rows_per_page) flush();
      add_slice(arena + position - length_bytes, needed);
      if (present_ < page_rows_) levels_[page_rows_] = 1;
      page_rows_ += 1;
      present_ += 1;
    }
  }

  int64_t close() {
    if (page_rows_ > 0) flush();
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
  // A page with its levels stays within its limit, by default 256 KiB: above that zstd's level 1
  // looks for matches of seven bytes instead of six. Source text, package lists, log lines, sensor
  // readings and the bench's records took it 4 to 24 % longer and came out up to 2 % larger; only
  // flights as JSON were 4 % faster and 5 % smaller. A value that is larger has a page of its own.
  bool is_full(int64_t needed) const {
    int64_t levels = most_bytes_of_a_run + (present_ < page_rows_ ? page_rows_ / 4 : 0);
    return present_ > 0 && levels + plain_bytes_ + needed > target_.page_bytes;
  }

  // A page's first null makes its levels more than one run.
  bool is_full_with_null() const {
    int64_t levels = most_bytes_of_a_run + (page_rows_ + 1) / 4;
    return present_ > 0 && levels + plain_bytes_ > target_.page_bytes;
  }

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
  }

  // The levels are kept from a page's first null on: most pages have none.
  void add_null() {
    if (present_ == page_rows_) {
      levels_.resize(most_rows_per_page);
      std::fill(levels_.begin(), levels_.begin() + page_rows_, 1);
    }
    levels_[page_rows_] = 0;
    page_rows_ += 1;
  }

  // A V1 page: length and RLE of the definition levels, then the values.
  void build_body() {
    int64_t room = most_bytes_of_a_run;
    if (present_ < page_rows_) {
      room += parquet::LevelEncoder::MaxBufferSize(parquet::Encoding::RLE, 1, int(page_rows_));
    }
    if (room + plain_bytes_ > INT32_MAX) fail("a record is too large for a page");
    if (int64_t(body_.size()) < room + plain_bytes_) body_.resize(size_t(room + plain_bytes_));
    if (present_ == page_rows_) {
      std::string levels = level_run(page_rows_, 1);
      memcpy(body_.data(), levels.data(), levels.size());
      body_count_ = int64_t(levels.size());
    } else {
      parquet::LevelEncoder encoder;
      encoder.Init(
          parquet::Encoding::RLE, 1, int(page_rows_), body_.data() + 4, int(room - 4));
      if (encoder.Encode(int(page_rows_), levels_.data()) != page_rows_) {
        fail("levels do not fit");
      }
      int32_t length = encoder.len();
      memcpy(body_.data(), &length, sizeof length);
      body_count_ = 4 + length;
    }
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
    int64_t rows = page_rows_;
    parquet::DataPageV1 page(
        stored, int32_t(rows), parquet::Encoding::PLAIN, parquet::Encoding::RLE,
        parquet::Encoding::RLE, body_count_, parquet::EncodedStatistics(), rows_, sizes);
    written_ += target_.pages->WriteDataPage(page);
    rows_ += rows;
    nulls_ += rows - present_;
    payload_bytes_ += plain_bytes_ - length_bytes * present_;
    slices_.clear();
    plain_bytes_ = present_ = page_rows_ = 0;
  }

  bool is_key_;
  ChunkTarget target_;
  std::shared_ptr<::arrow::ResizableBuffer> compressed_;
  std::vector<uint8_t> body_;
  int64_t body_count_ = 0;
  // The page in the making.
  int64_t page_rows_ = 0;
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
