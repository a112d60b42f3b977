// Columns that are one run: a constant number, all null, or no headers at all. Most columns of most
// topics are; their pages are put together from run lengths, without a look at each row.

#include <algorithm>
#include <string>

#include "arrow/buffer.h"
#include "parquet/column_page.h"
#include "parquet/statistics.h"
#include "parquet_write.hpp"

namespace varve {

namespace {

// One run of Parquet's RLE hybrid for bit widths up to 8: the count as a varint, then the value.
std::string run(int64_t count, char value) {
  std::string bytes;
  for (uint64_t rest = uint64_t(count) << 1;; rest >>= 7) {
    if (rest < 0x80) {
      bytes.push_back(char(rest));
      break;
    }
    bytes.push_back(char(rest | 0x80));
  }
  bytes.push_back(value);
  return bytes;
}

// Writes pages of up to the usual number of rows, all with bodies by `body(rows)`.
template <typename Body>
int64_t write_pages(
    ChunkTarget &target, int64_t rows, parquet::Encoding::type encoding,
    const parquet::EncodedStatistics &statistics, Body body) {
  auto compressed = std::shared_ptr<::arrow::ResizableBuffer>(
      ::arrow::AllocateResizableBuffer(0).ValueOrDie());
  int64_t written = 0;
  for (int64_t first = 0; first < rows; first += most_rows_per_page) {
    int64_t count = std::min(most_rows_per_page, rows - first);
    std::string plain = body(count);
    std::shared_ptr<::arrow::Buffer> stored = ::arrow::Buffer::FromString(plain);
    if (target.pages->has_compressor()) {
      target.pages->Compress(*stored, compressed.get());
      stored = compressed;
    }
    parquet::EncodedStatistics of_page = statistics;
    if (of_page.null_count > 0) of_page.set_null_count(count);
    parquet::SizeStatistics sizes;
    if (target.metadata->descr()->physical_type() == parquet::Type::BYTE_ARRAY) {
      sizes.unencoded_byte_array_data_bytes = 0;
    }
    parquet::DataPageV1 page(
        stored, int32_t(count), encoding, parquet::Encoding::RLE, parquet::Encoding::RLE,
        int64_t(plain.size()), of_page, first, sizes);
    written += target.pages->WriteDataPage(page);
  }
  return written;
}

}  // namespace

std::string level_run(int64_t count, char level) {
  std::string encoded = run(count, level);
  auto length = uint32_t(encoded.size());
  return std::string(reinterpret_cast<const char *>(&length), sizeof length) + encoded;
}

int64_t write_constant(int leaf, int32_t value, int64_t rows, ChunkTarget target) {
  std::string encoded(reinterpret_cast<const char *>(&value), sizeof value);
  parquet::DictionaryPage dictionary(
      ::arrow::Buffer::FromString(encoded), 1, parquet::Encoding::PLAIN);
  int64_t written = target.pages->WriteDictionaryPage(dictionary);
  parquet::EncodedStatistics statistics;
  statistics.set_min(encoded).set_max(encoded).set_null_count(0);
  statistics.set_is_signed(true);
  written += write_pages(
      target, rows, parquet::Encoding::RLE_DICTIONARY, statistics,
      [](int64_t count) { return '\1' + run(count, 0); });  // a bit each, all index 0
  target.metadata->SetStatistics(statistics);
  target.pages->Close(true, false);
  keep_bounds(leaf, value, value, target.statistics);
  return written;
}

int64_t write_all_null(int64_t rows, ChunkTarget target) {
  parquet::EncodedStatistics statistics;
  statistics.set_null_count(rows);
  statistics.all_null_value = true;
  int64_t written = write_pages(
      target, rows, parquet::Encoding::PLAIN, statistics,
      [](int64_t count) { return level_run(count, 0); });
  target.metadata->SetStatistics(statistics);
  target.pages->Close(false, false);
  return written;
}

int64_t write_no_headers(int64_t rows, ChunkTarget target) {
  int64_t written = write_pages(
      target, rows, parquet::Encoding::PLAIN, parquet::EncodedStatistics(),
      [](int64_t count) { return level_run(count, 0) + level_run(count, 0); });
  target.pages->Close(false, false);
  return written;
}

}  // namespace varve
